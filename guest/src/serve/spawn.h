// Starting a program: what the child needs is settled before the fork, so that it only makes system calls after it.
#pragma once
#include "serve/identity.h"
#include "wire/request.h"

struct spawn_plan {
	char *const *argv;
	char **env;
	const char *cwd; // must exist; NULL: the first of default_cwd, the home and `/` that does
	const char *default_cwd;
	struct identity who;
	int in, out, err; // the child's ends; with a terminal all three are its slave
	bool terminal;
};

enum spawn_stage { SPAWN_SETUP, SPAWN_CWD, SPAWN_PROGRAM };

struct spawn_failure {
	int stage, error;
};

// Forks. *report becomes a non-blocking descriptor: EOF once the program runs, or a spawn_failure. -1 with errno.
pid_t spawn(const struct spawn_plan *p, int *report);
// The environment: what the request says, then the configuration's, then what a login would set, each where still absent.
char **spawn_env(const struct exec_request *r, const char *const *configured, const struct identity *who, struct arena *a);
