#include "session/stream.h"
#include <string.h>

static void ignore_data(struct stream *st, const uint8_t *at, size_t len)
{
	(void)st, (void)at, (void)len;
}

static void ignore(struct stream *st)
{
	(void)st;
}

static const struct stream_ops finished = {.data = ignore_data, .fin = ignore, .writable = ignore, .gone = ignore};

static uint16_t ack(struct stream *st)
{
	uint16_t flags = st->ack_due ? FLAG_ACK : 0;

	st->ack_due = false;
	return flags;
}

static size_t raw_room(const struct stream *st)
{
	size_t waiting = buffer_len(st->mux->out) + FRAME_HEAD, room;

	if (waiting >= OUT_SOFT)
		return 0;
	room = OUT_SOFT - waiting;
	if (room > st->send_window)
		room = st->send_window;
	return room < FRAME_MAX ? room : FRAME_MAX;
}

size_t stream_room(const struct stream *st)
{
	return buffer_len(&st->backlog) || st->fin_wanted ? 0 : raw_room(st);
}

uint8_t *stream_reserve(struct stream *st, size_t n)
{
	return buffer_room(st->mux->out, FRAME_HEAD + n) + FRAME_HEAD;
}

void stream_commit(struct stream *st, size_t n)
{
	struct frame f = {FRAME_DATA, ack(st), st->id, (uint32_t)n};

	frame_write(buffer_room(st->mux->out, FRAME_HEAD + n), f);
	buffer_grew(st->mux->out, FRAME_HEAD + n);
	st->send_window -= (uint32_t)n;
}

static void send_backlog(struct stream *st)
{
	while (buffer_len(&st->backlog)) {
		size_t n = buffer_len(&st->backlog), room = raw_room(st);

		if (!room)
			return;
		if (n > room)
			n = room;
		memcpy(stream_reserve(st, n), buffer_bytes(&st->backlog), n);
		stream_commit(st, n);
		buffer_took(&st->backlog, n);
	}
	buffer_clear(&st->backlog, 0);
}

void stream_send(struct stream *st, const void *bytes, size_t n)
{
	buffer_add(&st->backlog, bytes, n);
	send_backlog(st);
}

void stream_credit(struct stream *st, size_t n)
{
	st->credit += (uint32_t)n;
	if (st->fin_in || st->credit < st->give_back)
		return;
	mux_frame(st->mux, (struct frame){FRAME_WINDOW, ack(st), st->id, st->credit});
	st->recv_window += st->credit;
	st->credit = 0;
}

// Sends the FIN that is due; true where the stream has ended with it.
static bool close_out(struct stream *st)
{
	if (!st->fin_wanted || st->fin_out || buffer_len(&st->backlog))
		return false;
	mux_frame(st->mux, (struct frame){FRAME_WINDOW, (uint16_t)(FLAG_FIN | ack(st)), st->id, 0});
	st->fin_out = true;
	if (!st->fin_in || st->ops != &finished)
		return false;
	mux_remove(st);
	return true;
}

void stream_close_out(struct stream *st)
{
	st->fin_wanted = true;
	close_out(st);
}

void stream_finish(struct stream *st)
{
	st->ops = &finished;
	st->fin_wanted = true;
	if (st->fin_out && st->fin_in)
		mux_remove(st);
	else
		close_out(st);
}

void stream_reset(struct stream *st)
{
	mux_frame(st->mux, (struct frame){FRAME_WINDOW, (uint16_t)(FLAG_RST | ack(st)), st->id, 0});
	mux_remove(st);
}

void stream_gone(struct stream *st)
{
	const struct stream_ops *ops = st->ops;

	st->ops = &finished;
	ops->gone(st);
	mux_remove(st);
}

void stream_heard_fin(struct stream *st)
{
	if (st->fin_in)
		return;
	st->fin_in = true;
	if (st->fin_out && st->ops == &finished)
		mux_remove(st);
	else
		st->ops->fin(st);
}

void stream_window(struct stream *st, uint32_t more)
{
	st->send_window += more;
	stream_flush(st);
}

void stream_flush(struct stream *st)
{
	send_backlog(st);
	if (close_out(st))
		return;
	if (stream_room(st))
		st->ops->writable(st);
}
