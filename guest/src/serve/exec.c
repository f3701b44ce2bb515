// EXEC: from the request to the running program.
#include "serve/exec.h"
#include "serve/requests.h"
#include "serve/spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PIPE_SIZE = 1024 * 1024 };

struct ends {
	int host[3]; // the agent's
	int guest[3]; // the program's
};

static void close_ends(int fd[3])
{
	for (int i = 0; i < 3; i++) {
		bool again = false;

		for (int j = 0; j < i; j++)
			again |= fd[j] == fd[i];
		if (fd[i] >= 0 && !again)
			close(fd[i]);
	}
}

static bool open_pipes(struct ends *e)
{
	for (int i = 0; i < 3; i++) {
		int p[2], mine = i == 0;

		if (pipe2(p, O_CLOEXEC) != 0)
			return false;
		e->host[i] = p[mine];
		e->guest[i] = p[!mine];
		fcntl(p[mine], F_SETFL, O_NONBLOCK);
		fcntl(p[mine], F_SETPIPE_SZ, PIPE_SIZE);
	}
	return true;
}

static bool open_terminal(struct ends *e, const struct exec_request *r, uid_t uid)
{
	struct winsize size = {.ws_row = r->rows, .ws_col = r->cols};
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), slave, unlock = 0;

	e->host[1] = master;
	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) != 0)
		return false;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	e->guest[0] = e->guest[1] = e->guest[2] = slave;
	e->host[0] = fcntl(master, F_DUPFD_CLOEXEC, 3); // a watch of its own for writing
	if (slave < 0 || e->host[0] < 0)
		return false;
	ioctl(master, TIOCSWINSZ, &size);
	return fchown(slave, uid, (gid_t)-1) == 0 || errno == EPERM;
}

static void explain(struct exec *e, const struct spawn_failure *f)
{
	struct stream *st = e->st;
	const char *why = strerror(f->error), *code = file_error_code(f->error);

	if (f->stage == SPAWN_SETUP) {
		finish_error(st, code, "%s could not be prepared: %s", e->program, why);
	} else if (f->stage == SPAWN_CWD) {
		finish_error(st, code, "working directory %s: %s", e->cwd ? e->cwd : "/", why);
	} else {
		code = f->error == ENOENT || f->error == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
		finish_error(st, code, "%s: %s", e->program, why);
	}
	loop_forget(e->loop, &e->child);
	exec_release(e);
}

// Reads the child's report, which ends when it runs the program. False: the start has failed and e is gone.
static bool conclude_start(struct exec *e)
{
	struct spawn_failure f;
	ssize_t n = read(e->report.fd, &f, sizeof f);
	uint8_t pid[4];

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	loop_watch(e->loop, &e->report, 0);
	close(e->report.fd);
	e->report.fd = -1;
	if (n == sizeof f) {
		explain(e, &f);
		return false;
	}
	put_be32(pid, (uint32_t)e->child.pid);
	send_message(e->st, MSG_STARTED, (struct span){pid, sizeof pid});
	exec_outputs_pump(e);
	return true;
}

static void report_ready(struct watch *w, uint32_t events)
{
	(void)events;
	conclude_start(CONTAINER(w, struct exec, report));
}

static void child_ended(struct child *c, int status)
{
	struct exec *e = CONTAINER(c, struct exec, child);

	if (e->report.fd >= 0 && !conclude_start(e))
		return;
	e->ended = true;
	e->status = status;
	exec_outputs_limit(e);
	exec_outputs_pump(e);
	exec_try_finish(e);
}

static bool launch(struct exec *e, struct spawn_plan *plan, const struct exec_request *r)
{
	struct ends ends = {{-1, -1, -1}, {-1, -1, -1}};
	bool opened = r->terminal ? open_terminal(&ends, r, plan->who.uid) : open_pipes(&ends);

	plan->in = ends.guest[0];
	plan->out = ends.guest[1];
	plan->err = ends.guest[2];
	e->child = (struct child){.pid = opened ? spawn(plan, &e->report.fd) : -1, .ended = child_ended};
	close_ends(ends.guest);
	if (e->child.pid < 0) {
		close_ends(ends.host);
		return false;
	}
	exec_io_open(e, ends.host[0], ends.host[1], ends.host[2]);
	e->report.ready = report_ready;
	loop_child(e->loop, &e->child);
	loop_watch(e->loop, &e->report, EPOLLIN);
	return true;
}

void start_exec(struct stream *st, struct span body)
{
	struct agent *agent = agent_of(st);
	struct arena arena = {0};
	struct exec_request r;
	struct spawn_plan plan = {0};
	struct exec *e;
	char own[16]; // whoever the agent is: root in a guest

	snprintf(own, sizeof own, "%u", (unsigned)getuid());
	if (!parse_exec(body, &arena, &r)) {
		finish_error(st, BAD_REQUEST, "not a well-formed EXEC");
	} else if (!identity_find(r.user ? r.user : own, &arena, &plan.who)) {
		finish_error(st, NOT_FOUND, "no user %s", r.user);
	} else {
		plan.argv = r.argv;
		plan.cwd = r.cwd;
		plan.default_cwd = r.default_cwd;
		plan.terminal = r.terminal;
		plan.env = spawn_env(&r, agent->env, &plan.who, &arena);
		e = must_alloc(sizeof *e);
		*e = (struct exec){.st = st, .loop = &agent->loop, .terminal = r.terminal, .report = {.fd = -1}};
		e->program = strdup(r.argv[0]);
		e->cwd = r.cwd ? strdup(r.cwd) : NULL;
		st->ops = &exec_ops;
		st->user = e;
		if (!launch(e, &plan, &r)) {
			int error = errno;

			free(e->program);
			free(e->cwd);
			free(e);
			finish_error(st, LIMIT, "no process for the program: %s", strerror(error));
		}
	}
	arena_free(&arena);
}
