#include "session/mux.h"
#include "base/memory.h"
#include "session/stream.h"
#include <stdlib.h>
#include <string.h>

static struct stream **bucket(struct mux *m, uint32_t id)
{
	return &m->buckets[id / 2 % COUNT(m->buckets)];
}

struct stream *mux_find(struct mux *m, uint32_t id)
{
	struct stream *st = *bucket(m, id);

	while (st && st->id != id)
		st = st->next;
	return st;
}

void mux_init(struct mux *m, struct buffer *out, void (*opened)(struct stream *), void *user)
{
	*m = (struct mux){.out = out, .opened = opened, .user = user};
}

void mux_frame(struct mux *m, struct frame f)
{
	frame_write(buffer_room(m->out, FRAME_HEAD), f);
	buffer_grew(m->out, FRAME_HEAD);
}

void mux_remove(struct stream *st)
{
	struct mux *m = st->mux;

	for (struct stream **at = bucket(m, st->id); *at; at = &(*at)->next) {
		if (*at != st)
			continue;
		*at = st->next;
		break;
	}
	if (m->payload_to == st)
		m->payload_to = NULL;
	m->count--;
	buffer_free(&st->backlog);
	free(st);
}

static struct stream *open_stream(struct mux *m, uint32_t id)
{
	struct stream *st;

	m->last_id = id;
	if (m->count == STREAM_MAX) {
		mux_frame(m, (struct frame){FRAME_WINDOW, FLAG_RST, id, 0});
		return NULL;
	}
	st = must_alloc(sizeof *st);
	*st = (struct stream){
		.mux = m, .next = *bucket(m, id), .id = id, .send_window = WINDOW, .recv_window = WINDOW, .ack_due = true,
		.give_back = WINDOW / 4};
	*bucket(m, id) = st;
	m->count++;
	m->opened(st);
	if (m->count <= WIDE_MAX) {
		st->give_back = WINDOW;
		stream_credit(st, WIDE_EXTRA);
	}
	return st;
}

static enum mux_state stream_frame(struct mux *m, struct frame f)
{
	struct stream *st = mux_find(m, f.stream);
	bool data = f.type == FRAME_DATA;

	if (f.flags & FLAG_SYN) {
		if (f.stream <= m->last_id)
			return MUX_VIOLATION;
		st = open_stream(m, f.stream);
	} else if (f.stream > m->last_id) {
		return MUX_VIOLATION;
	}
	if (data)
		m->payload_left = f.length;
	m->payload_to = NULL;
	if (st && f.flags & FLAG_RST) {
		stream_gone(st);
		st = NULL;
	}
	if (!st)
		return MUX_OK;
	if (!data) {
		if (f.length > UINT32_MAX / 2 - st->send_window)
			return MUX_VIOLATION;
		if (f.flags & FLAG_FIN)
			stream_heard_fin(st);
		st = mux_find(m, f.stream);
		if (st && f.length)
			stream_window(st, f.length);
		return MUX_OK;
	}
	if (f.length > st->recv_window || (st->fin_in && f.length))
		return MUX_VIOLATION;
	st->recv_window -= f.length;
	m->payload_to = st;
	m->payload_fin = f.flags & FLAG_FIN;
	if (!f.length && m->payload_fin)
		stream_heard_fin(st);
	return MUX_OK;
}

static enum mux_state frame_head(struct mux *m)
{
	struct frame f;

	if (!frame_read(m->head, &f))
		return MUX_VIOLATION;
	if (f.type <= FRAME_WINDOW)
		return stream_frame(m, f);
	if (f.type == FRAME_GO_AWAY)
		return MUX_GO_AWAY;
	if (f.flags & FLAG_SYN)
		mux_frame(m, (struct frame){FRAME_PING, FLAG_ACK, 0, f.length});
	return MUX_OK;
}

static void payload(struct mux *m, const uint8_t *at, uint32_t n)
{
	struct stream *st = m->payload_to;

	m->payload_left -= n;
	if (st)
		st->ops->data(st, at, n);
	st = m->payload_to; // gone when the stream ended meanwhile
	if (st && !m->payload_left && m->payload_fin)
		stream_heard_fin(st);
}

enum mux_state mux_feed(struct mux *m, const uint8_t *at, size_t len)
{
	while (len) {
		size_t n;

		if (m->payload_left) {
			n = len < m->payload_left ? len : m->payload_left;
			payload(m, at, (uint32_t)n);
		} else {
			enum mux_state state;

			n = len < FRAME_HEAD - m->have ? len : FRAME_HEAD - m->have;
			memcpy(m->head + m->have, at, n);
			m->have += n;
			if (m->have < FRAME_HEAD)
				return MUX_OK;
			m->have = 0;
			state = frame_head(m);
			if (state != MUX_OK)
				return state;
		}
		at += n;
		len -= n;
	}
	return MUX_OK;
}

void mux_drop(struct mux *m)
{
	for (size_t i = 0; i < COUNT(m->buckets); i++)
		while (m->buckets[i])
			stream_gone(m->buckets[i]);
	mux_init(m, m->out, m->opened, m->user);
}

void mux_drained(struct mux *m)
{
	// A callback may end any stream, so each step finds its way by id.
	for (size_t i = 0; i < COUNT(m->buckets); i++) {
		uint32_t below = UINT32_MAX;

		for (;;) {
			struct stream *st = m->buckets[i], *best = NULL;

			for (; st; st = st->next)
				if (st->id < below && (!best || st->id > best->id))
					best = st;
			if (!best)
				break;
			below = best->id;
			stream_flush(best);
		}
	}
}
