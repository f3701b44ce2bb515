// SHUTDOWN: the image's init is asked for its orderly reboot; without one, or where it does not act, the agent does it.
#include "base/memory.h"
#include "serve/agent.h"
#include "serve/power.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include "serve/run.h"
#include "serve/state.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ANSWER_MS = 10, // for OK to reach the host
	ASK_AGAIN_MS = 1500, // an init that had not yet set up its signals has lost the first
	ASK_TIMES = 3,
	LOOK_AGAIN_MS = 8000, // an init at work changes its processes in this time
};

struct shutdown {
	struct timer timer;
	struct agent *agent;
	struct run query;
	int asked;
	uint32_t processes; // as they were when they were looked at last
};

static void take_over(struct shutdown *s)
{
	power_down(&s->agent->loop);
}

// systemd's last stage answers nobody: only a word of one that goes on as before counts.
static void systemd_state(struct run *r, const char *word)
{
	static const char *const goes_on[] = {"initializing", "starting", "running", "degraded", "maintenance"};
	struct shutdown *s = CONTAINER(r, struct shutdown, query);

	for (size_t i = 0; i < COUNT(goes_on); i++)
		if (!strcmp(word, goes_on[i])) {
			take_over(s);
			return;
		}
}

// Init has been asked ASK_TIMES: it is at work, or it does not act on the signal.
static void judge(struct shutdown *s)
{
	static const char *const ask_systemd[] = {"systemctl", "is-system-running", NULL};

	if (s->agent->init == INIT_OTHER) {
		uint32_t before = s->processes;

		s->processes = init_processes();
		if (s->processes == before)
			take_over(s);
		else
			loop_after(&s->agent->loop, &s->timer, LOOK_AGAIN_MS);
		return;
	}
	s->query.done = systemd_state;
	run_program(&s->query, &s->agent->loop, ask_systemd);
}

static void ask(struct timer *t)
{
	struct shutdown *s = CONTAINER(t, struct shutdown, timer);

	if (s->agent->init == INIT_NONE) {
		take_over(s);
	} else if (s->asked == ASK_TIMES) {
		judge(s);
	} else {
		if (!s->asked++) {
			s->processes = init_processes();
			sync_until_the_end();
		}
		kill(1, SIGINT);
		loop_after(&s->agent->loop, t, ASK_AGAIN_MS);
	}
}

void start_shutdown(struct stream *st, struct span body)
{
	struct agent *a = agent_of(st);

	(void)body;
	if (!a->owns_machine) {
		finish_error(st, DENIED, "this machine is not the agent's to end");
		return;
	}
	if (!a->stopping) {
		a->stopping = true;
		a->shutdown = must_alloc(sizeof *a->shutdown);
		a->shutdown->agent = a;
		a->shutdown->timer.fire = ask;
		loop_after(&a->loop, &a->shutdown->timer, ANSWER_MS);
	}
	finish_ok(st, NULL);
}
