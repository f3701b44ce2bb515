#include "base/step.h"
#include "base/console.h"
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

enum { SLOW_S = 10, STUCK_S = 60 };

static const char *volatile current;
static volatile sig_atomic_t told;

static void late(int signal)
{
	(void)signal;
	say("still at: %s", current);
	if (!told++)
		alarm(STUCK_S - SLOW_S);
}

void step(const char *name)
{
	struct sigaction action = {.sa_handler = late, .sa_flags = SA_RESTART};

	if (!current) {
		sigaction(SIGALRM, &action, NULL);
		alarm(SLOW_S);
	}
	current = name;
}

void steps_done(void)
{
	if (!current)
		return;
	alarm(0);
	signal(SIGALRM, SIG_DFL);
	current = NULL;
	told = 0;
}
