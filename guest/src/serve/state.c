#include "serve/state.h"
#include "base/files.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 250, QUIET_MS = 1500, QUIET_LIMIT_MS = 60000 };

static bool known(const char *word)
{
	static const char *const words[] = {"starting", "running", "degraded", "stopping"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

static void told(struct run *r, const char *word)
{
	struct state_query *q = CONTAINER(r, struct state_query, run);

	// Any other word (`maintenance`) means that it has come up, but not well.
	q->answer(q, known(word) ? word : "degraded");
}

void state_now(struct state_query *q)
{
	static const char *const argv[] = {"systemctl", "is-system-running", NULL};

	if (q->agent->init == INIT_NONE) {
		q->answer(q, "none");
	} else if (q->agent->stopping) {
		q->answer(q, "stopping");
	} else if (!q->agent->init_ready) {
		q->answer(q, "starting");
	} else if (q->agent->init == INIT_OTHER) {
		q->answer(q, "running");
	} else {
		q->run.done = told;
		run_program(&q->run, &q->agent->loop, argv);
	}
}

void state_when_booted(struct state_query *q)
{
	if (q->agent->init == INIT_NONE || q->agent->init_ready) {
		state_now(q);
		return;
	}
	q->next = q->agent->boot_waiters;
	q->agent->boot_waiters = q;
}

void state_cancel(struct state_query *q)
{
	run_cancel(&q->run);
	for (struct state_query **at = &q->agent->boot_waiters; *at; at = &(*at)->next) {
		if (*at != q)
			continue;
		*at = q->next;
		return;
	}
}

void state_ready(struct agent *a)
{
	a->init_ready = true;
	while (a->boot_waiters) {
		struct state_query *q = a->boot_waiters;

		a->boot_waiters = q->next;
		q->next = NULL;
		state_now(q);
	}
}

// Kernel threads come and go by themselves; they alone have no command line.
static bool is_program(long pid)
{
	struct buffer text = {0};
	char path[64];
	bool is;

	snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
	is = file_read(path, &text, 1) && buffer_len(&text);
	buffer_free(&text);
	return is;
}

uint32_t init_processes(void)
{
	struct buffer text = {0};
	uint32_t sum = 2166136261u;
	char *at, *end;

	file_read("/sys/fs/cgroup/cgroup.procs", &text, 1 << 20);
	at = (char *)text.at;
	for (long pid; at && (pid = strtol(at, &end, 10)) > 0; at = end)
		if (is_program(pid))
			sum = (sum ^ (uint32_t)pid) * 16777619u;
	buffer_free(&text);
	return sum;
}

static void look(struct timer *t)
{
	struct agent *a = CONTAINER(t, struct agent, look);
	uint32_t seen = init_processes();
	uint64_t now = now_ms();

	if (seen != a->seen)
		a->seen_since = now;
	a->seen = seen;
	if (now - a->seen_since >= QUIET_MS || now >= QUIET_LIMIT_MS)
		state_ready(a);
	else
		loop_after(&a->loop, t, LOOK_MS);
}

void state_begin(struct agent *a)
{
	a->look.fire = look;
	if (a->init == INIT_OTHER)
		look(&a->look);
}
