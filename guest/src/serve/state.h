// How far the image's init is.
#pragma once
#include "serve/agent.h"
#include "serve/run.h"

struct state_query {
	struct agent *agent;
	void (*answer)(struct state_query *, const char *state); // a text of HEALTH; called once, may free the query
	struct run run;
	struct state_query *next;
};

// To be called when serving begins. An init other than systemd does not say when it has finished starting: it counts as
// finished when the processes outside the agent's cgroup have been the same for a while.
void state_begin(struct agent *a);
// systemd said that starting has finished.
void state_ready(struct agent *a);
void state_now(struct state_query *q); // answers at once or later
void state_when_booted(struct state_query *q); // answers when starting has finished
void state_cancel(struct state_query *q); // no answer is wanted any more
// A sum over the processes outside the agent's cgroup: another one means that init did something.
uint32_t init_processes(void);
