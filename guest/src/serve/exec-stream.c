#include "serve/exec.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

void exec_release(struct exec *e)
{
	exec_io_close(e);
	if (e->report.fd >= 0) {
		loop_watch(e->loop, &e->report, 0);
		close(e->report.fd);
	}
	message_reader_free(&e->reader);
	free(e->program);
	free(e->cwd);
	free(e);
}

void exec_try_finish(struct exec *e)
{
	struct stream *st = e->st;
	uint8_t end[2];

	if (!e->ended || !exec_outputs_closed(e))
		return;
	end[0] = WIFSIGNALED(e->status);
	end[1] = (uint8_t)(end[0] ? WTERMSIG(e->status) : WEXITSTATUS(e->status));
	exec_release(e);
	send_message(st, MSG_EXIT, (struct span){end, sizeof end});
	stream_finish(st);
}

static void send_signal(struct exec *e, int sig)
{
	pid_t group = 0;

	if (e->ended)
		return;
	if (e->terminal && ioctl(e->output[0].w.fd, TIOCGPGRP, &group) == 0 && group > 0)
		kill(-group, sig);
	else
		kill(-e->child.pid, sig);
}

// False where the host breaks the protocol.
static bool take(struct exec *e, enum message_state state, const struct message *m)
{
	struct winsize size = {0};

	if (state == MESSAGE_PART && m->tag == MSG_STDIN) {
		exec_input(e, m->body.at, m->body.len);
		return true;
	}
	if (state != MESSAGE_WHOLE)
		return false;
	switch (m->tag) {
	case MSG_STDIN_EOF:
		exec_input_end(e);
		return true;
	case MSG_RESIZE:
		if (m->body.len != 4)
			return false;
		size.ws_row = be16(m->body.at);
		size.ws_col = be16(m->body.at + 2);
		if (e->terminal && e->output[0].w.fd >= 0)
			ioctl(e->output[0].w.fd, TIOCSWINSZ, &size);
		return true;
	case MSG_SIGNAL:
		if (m->body.len != 1 || m->body.at[0] < 1 || m->body.at[0] > 64)
			return false;
		send_signal(e, m->body.at[0]);
		return true;
	default:
		return false;
	}
}

static void gone(struct stream *st)
{
	struct exec *e = st->user;

	if (!e->ended) {
		loop_forget(e->loop, &e->child);
		if (kill(-e->child.pid, SIGHUP) != 0)
			kill(e->child.pid, SIGHUP); // it has no group of its own yet
		kill(-e->child.pid, SIGCONT);
	}
	exec_release(e);
}

static void data(struct stream *st, const uint8_t *at, size_t len)
{
	struct exec *e = st->user;
	struct span in = {at, len};
	struct message m;
	enum message_state state;
	size_t owed = len; // window to give back now: all but the program's input, which gives its own back when written

	while ((state = message_read(&e->reader, &in, &m)) != MESSAGE_MORE) {
		if (state == MESSAGE_PART)
			owed -= m.body.len;
		if (state != MESSAGE_BAD && take(e, state, &m))
			continue;
		gone(st);
		stream_reset(st);
		return;
	}
	stream_credit(st, owed);
}

static void fin(struct stream *st)
{
	exec_input_end(st->user);
}

static void writable(struct stream *st)
{
	struct exec *e = st->user;

	if (e->report.fd >= 0)
		return;
	exec_outputs_pump(e);
	exec_try_finish(e);
}

const struct stream_ops exec_ops = {.data = data, .fin = fin, .writable = writable, .gone = gone};
