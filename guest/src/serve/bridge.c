#include "serve/bridge.h"
#include "base/memory.h"
#include "serve/outlet.h"
#include "session/stream.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct bridge {
	struct stream *st;
	struct loop *loop;
	struct watch in;
	struct outlet out; // the same socket by a descriptor of its own
	bool in_ended, out_ends, out_ended;
};

static void release(struct stream *st)
{
	struct bridge *b = st->user;

	loop_watch(b->loop, &b->in, 0);
	outlet_close(&b->out);
	close(b->in.fd);
	close(b->out.w.fd);
	free(b);
}

static void finish_when_done(struct bridge *b)
{
	struct stream *st = b->st;

	if (!b->in_ended || !b->out_ended)
		return;
	release(st);
	stream_finish(st);
}

static void end_out(struct bridge *b)
{
	if (b->out_ended)
		return;
	shutdown(b->out.w.fd, SHUT_WR);
	b->out_ended = true;
	finish_when_done(b);
}

static void pump(struct stream *st)
{
	struct bridge *b = st->user;
	size_t room = stream_room(st);
	ssize_t n;

	if (b->in_ended)
		return;
	if (!room) {
		loop_watch(b->loop, &b->in, 0);
		return;
	}
	n = read(b->in.fd, stream_reserve(st, room), room);
	if (n > 0)
		stream_commit(st, (size_t)n);
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) {
		loop_watch(b->loop, &b->in, EPOLLIN);
		return;
	}
	loop_watch(b->loop, &b->in, 0);
	if (n < 0) {
		release(st);
		stream_reset(st);
		return;
	}
	b->in_ended = true;
	stream_close_out(st);
	finish_when_done(b);
}

static void in_ready(struct watch *w, uint32_t events)
{
	(void)events;
	pump(CONTAINER(w, struct bridge, in)->st);
}

static void wrote(struct outlet *o, size_t n)
{
	stream_credit(CONTAINER(o, struct bridge, out)->st, n);
}

static void drained(struct outlet *o)
{
	struct bridge *b = CONTAINER(o, struct bridge, out);

	if (b->out_ends)
		end_out(b);
}

static void data(struct stream *st, const uint8_t *at, size_t len)
{
	outlet_write(&((struct bridge *)st->user)->out, at, len);
}

static void fin(struct stream *st)
{
	struct bridge *b = st->user;

	b->out_ends = true;
	if (!buffer_len(&b->out.waiting))
		end_out(b);
}

static const struct stream_ops ops = {.data = data, .fin = fin, .writable = pump, .gone = release};

void bridge_start(struct stream *st, int fd, const struct buffer *early, bool ended)
{
	struct bridge *b = must_alloc(sizeof *b);

	b->st = st;
	b->loop = &agent_of(st)->loop;
	b->in = (struct watch){.fd = fd, .ready = in_ready};
	outlet_init(&b->out, b->loop, fcntl(fd, F_DUPFD_CLOEXEC, 3));
	b->out.wrote = wrote;
	b->out.empty = drained;
	st->ops = &ops;
	st->user = b;
	loop_watch(b->loop, &b->in, EPOLLIN);
	if (buffer_len(early))
		outlet_write(&b->out, buffer_bytes(early), buffer_len(early));
	if (ended)
		fin(st);
}
