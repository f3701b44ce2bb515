// CLOCK and SYNC.
#include "base/memory.h"
#include "serve/agent.h"
#include "serve/quiet.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include "wire/record.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void start_clock(struct stream *st, struct span body)
{
	struct timespec t;
	uint64_t ns;

	if (!span_u64(body, &ns) || ns / 1000000000 > INT64_MAX / 1000000000) {
		finish_error(st, BAD_REQUEST, "not a well-formed CLOCK");
		return;
	}
	if (!agent_of(st)->owns_machine) {
		finish_error(st, DENIED, "this machine's clock is not the agent's to set");
		return;
	}
	t.tv_sec = (time_t)(ns / 1000000000);
	t.tv_nsec = (long)(ns % 1000000000);
	if (clock_settime(CLOCK_REALTIME, &t) == 0)
		finish_ok(st, NULL);
	else
		finish_error(st, file_error_code(errno), "the clock: %s", strerror(errno));
}

// sync(2) may take long, so a child does it.
struct syncing {
	struct child child;
	struct stream *st;
	struct loop *loop;
};

static void synced(struct child *c, int status)
{
	struct syncing *s = CONTAINER(c, struct syncing, child);
	struct stream *st = s->st;

	free(s);
	if (status == 0)
		finish_ok(st, NULL);
	else
		finish_error(st, IO_ERROR, "sync was interrupted");
}

static void gone(struct stream *st)
{
	struct syncing *s = st->user;

	loop_forget(s->loop, &s->child);
	free(s);
}

static const struct stream_ops ops = {.data = quiet_data, .fin = quiet_event, .writable = quiet_event, .gone = gone};

void start_sync(struct stream *st, struct span body)
{
	struct syncing *s;
	pid_t pid = fork();

	(void)body;
	if (pid == 0) {
		sync();
		_exit(0);
	}
	if (pid < 0) {
		finish_error(st, LIMIT, "no process to sync with: %s", strerror(errno));
		return;
	}
	s = must_alloc(sizeof *s);
	*s = (struct syncing){{.pid = pid, .ended = synced}, st, &agent_of(st)->loop};
	st->ops = &ops;
	st->user = s;
	loop_child(s->loop, &s->child);
}
