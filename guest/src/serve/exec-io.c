#include "serve/exec.h"
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { MESSAGE_HEAD = 5, TERMINAL_TAIL = 128 * 1024 };

static void close_output(struct exec_output *o)
{
	if (o->w.fd < 0)
		return;
	loop_watch(o->owner->loop, &o->w, 0);
	close(o->w.fd);
	o->w.fd = -1;
}

// Moves one message's worth of output straight into the channel's queue.
static void move(struct exec_output *o)
{
	struct exec *e = o->owner;
	struct watch *w = &o->w;
	size_t room = stream_room(e->st);
	uint8_t *at;
	ssize_t n;

	if (room <= MESSAGE_HEAD) {
		loop_watch(e->loop, w, 0);
		return;
	}
	room -= MESSAGE_HEAD;
	if (e->ended && room > o->left)
		room = o->left;
	at = stream_reserve(e->st, MESSAGE_HEAD + room);
	n = room ? read(w->fd, at + MESSAGE_HEAD, room) : 0;
	if (n < 0 && (errno == EINTR || (errno == EAGAIN && !e->ended)))
		return;
	if (n > 0) {
		at[0] = o->tag;
		put_be32(at + 1, (uint32_t)n);
		stream_commit(e->st, MESSAGE_HEAD + (size_t)n);
		if (e->ended)
			o->left -= (size_t)n;
	}
	if (n <= 0 || (e->ended && !o->left))
		close_output(o);
}

static void output_ready(struct watch *w, uint32_t events)
{
	struct exec_output *o = CONTAINER(w, struct exec_output, w);
	struct exec *e = o->owner;

	(void)events;
	move(o);
	if (e->ended)
		exec_try_finish(e);
}

void exec_outputs_pump(struct exec *e)
{
	for (int i = 0; i < 2; i++) {
		// After the end what is there is read without waiting for an event, which a silent background child would withhold.
		while (e->ended && e->output[i].w.fd >= 0 && stream_room(e->st) > MESSAGE_HEAD)
			move(&e->output[i]);
		if (e->output[i].w.fd >= 0 && !e->ended)
			loop_watch(e->loop, &e->output[i].w, EPOLLIN);
	}
}

void exec_outputs_limit(struct exec *e)
{
	for (int i = 0; i < 2; i++) {
		struct exec_output *o = &e->output[i];
		int there = 0;

		if (o->w.fd < 0)
			continue;
		if (e->terminal)
			there = TERMINAL_TAIL; // more than a terminal holds; reading stops when it has no more
		else
			ioctl(o->w.fd, FIONREAD, &there);
		o->left = (size_t)there;
		if (!there)
			close_output(o);
	}
}

bool exec_outputs_closed(const struct exec *e)
{
	return e->output[0].w.fd < 0 && e->output[1].w.fd < 0;
}

static void close_input(struct exec *e)
{
	if (e->input.w.fd < 0)
		return;
	outlet_close(&e->input);
	close(e->input.w.fd);
	e->input.w.fd = -1;
}

static void input_wrote(struct outlet *o, size_t n)
{
	struct exec *e = CONTAINER(o, struct exec, input);
	size_t own = n < e->unowed ? n : e->unowed;

	e->unowed -= own;
	stream_credit(e->st, n - own);
}

static void input_empty(struct outlet *o)
{
	struct exec *e = CONTAINER(o, struct exec, input);

	if (e->input_ends)
		close_input(e);
}

void exec_input(struct exec *e, const uint8_t *at, size_t n)
{
	if (e->input.w.fd < 0 || e->input_ends)
		stream_credit(e->st, n);
	else
		outlet_write(&e->input, at, n);
}

void exec_input_end(struct exec *e)
{
	struct termios t;

	if (e->input.w.fd < 0)
		return;
	if (e->terminal) {
		if (tcgetattr(e->input.w.fd, &t) != 0)
			return;
		e->unowed++; // not a byte of the host's: no window is given back for it
		outlet_write(&e->input, &t.c_cc[VEOF], 1);
		return;
	}
	e->input_ends = true;
	if (!buffer_len(&e->input.waiting))
		close_input(e);
}

void exec_io_open(struct exec *e, int in, int out, int err)
{
	outlet_init(&e->input, e->loop, in);
	e->input.wrote = input_wrote;
	e->input.empty = input_empty;
	e->output[0] = (struct exec_output){e, {.fd = out, .ready = output_ready}, MSG_STDOUT, 0};
	e->output[1] = (struct exec_output){e, {.fd = err, .ready = output_ready}, MSG_STDERR, 0};
}

void exec_io_close(struct exec *e)
{
	close_input(e);
	close_output(&e->output[0]);
	close_output(&e->output[1]);
}
