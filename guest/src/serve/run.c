#include "serve/run.h"
#include "base/bytes.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// The output of these programs is far smaller than a pipe, so it is read once they have ended.
static void ended(struct child *c, int status)
{
	struct run *r = CONTAINER(c, struct run, child);
	char text[RUN_OUTPUT] = "";
	ssize_t n = r->out < 0 ? -1 : read(r->out, text, sizeof text - 1);

	(void)status;
	r->busy = false;
	if (r->out >= 0)
		close(r->out);
	text[n > 0 ? strcspn(text, " \n") : 0] = 0;
	r->done(r, text);
}

static _Noreturn void child(const char *const argv[], int out)
{
	static char *env[] = {"PATH=/usr/bin:/bin:/usr/sbin:/sbin", NULL};
	sigset_t none;

	dup2(out, 1);
	dup2(open("/dev/null", O_RDWR), 2);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvpe(argv[0], (char *const *)(uintptr_t)argv, env);
	_exit(127);
}

void run_program(struct run *r, struct loop *loop, const char *const argv[])
{
	int ends[2];

	r->loop = loop;
	r->out = -1;
	r->busy = true;
	r->child = (struct child){.ended = ended};
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		ended(&r->child, 0);
		return;
	}
	r->child.pid = fork();
	if (r->child.pid == 0)
		child(argv, ends[1]);
	close(ends[1]);
	r->out = ends[0];
	if (r->child.pid > 0)
		loop_child(loop, &r->child);
	else
		ended(&r->child, 0);
}

void run_cancel(struct run *r)
{
	if (!r->busy)
		return;
	r->busy = false;
	loop_forget(r->loop, &r->child);
	close(r->out);
}
