// A helper program of the agent's own, and what it prints.
#pragma once
#include "base/loop.h"
#include <stddef.h>

enum { RUN_OUTPUT = 64 };

struct run {
	struct loop *loop;
	struct child child;
	int out; // -1: not open
	bool busy;
	void (*done)(struct run *, const char *first_word); // "" where it printed nothing or could not be run
};

// Starts it; done is called later, once, and may free the run.
void run_program(struct run *r, struct loop *loop, const char *const argv[]);
// After it done is not called. Does nothing to a run that has ended or never began.
void run_cancel(struct run *r);
