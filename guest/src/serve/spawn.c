#include "serve/spawn.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static const char *env_get(char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; *env; env++)
		if (!strncmp(*env, name, n) && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

static _Noreturn void fail(int report, int stage)
{
	struct spawn_failure f = {stage, errno};

	if (write(report, &f, sizeof f) < 0)
		_exit(126);
	_exit(127);
}

// Tries each directory of PATH; like a shell, a file that may not be run counts only when nothing later can be.
static void exec_program(const struct spawn_plan *p)
{
	const char *path = env_get(p->env, "PATH"), *name = p->argv[0];
	char file[PATH_MAX];
	int error = ENOENT;

	if (strchr(name, '/')) {
		execve(name, p->argv, p->env);
		return;
	}
	for (path = path ? path : default_path; path; path = strchr(path, ':') ? strchr(path, ':') + 1 : NULL) {
		size_t n = strcspn(path, ":");

		if (snprintf(file, sizeof file, "%.*s%s%s", (int)n, path, n ? "/" : "", name) >= (int)sizeof file)
			continue;
		execve(file, p->argv, p->env);
		if (errno != ENOENT && errno != ENOTDIR)
			error = errno;
	}
	errno = error;
}

static bool enter_cwd(const struct spawn_plan *p)
{
	if (p->cwd)
		return chdir(p->cwd) == 0;
	if (p->default_cwd && chdir(p->default_cwd) == 0)
		return true;
	return chdir(p->who.home) == 0 || chdir("/") == 0;
}

static _Noreturn void child(const struct spawn_plan *p, int report)
{
	static const struct rlimit files = {1024, 524288};
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;

	setsid();
	if (p->terminal)
		ioctl(p->in, TIOCSCTTY, 0);
	if (dup2(p->in, 0) < 0 || dup2(p->out, 1) < 0 || dup2(p->err, 2) < 0)
		fail(report, SPAWN_SETUP);
	for (int sig = 1; sig < 32; sig++)
		sigaction(sig, &usual, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(022);
	if (getuid() == 0) {
		int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

		if (fd >= 0 && write(fd, "0", 1) == 1)
			close(fd);
		setpriority(PRIO_PROCESS, 0, 0);
		setrlimit(RLIMIT_NOFILE, &files);
		if (setgroups((size_t)p->who.group_count, p->who.groups) != 0)
			fail(report, SPAWN_SETUP);
	}
	if (setgid(p->who.gid) != 0 || setuid(p->who.uid) != 0)
		fail(report, SPAWN_SETUP);
	if (!enter_cwd(p))
		fail(report, SPAWN_CWD);
	exec_program(p);
	fail(report, SPAWN_PROGRAM);
}

pid_t spawn(const struct spawn_plan *p, int *report)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		child(p, ends[1]);
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	*report = ends[0];
	return pid;
}

static void add_env(char **env, char *entry)
{
	char name[256];
	size_t n = strcspn(entry, "=");

	if (n >= sizeof name)
		return;
	memcpy(name, entry, n);
	name[n] = 0;
	if (env_get(env, name))
		return;
	while (*env)
		env++;
	*env = entry;
}

static void add_default(char **env, struct arena *a, const char *name, const char *value)
{
	size_t n = strlen(name) + strlen(value) + 2;
	char *entry = arena_alloc(a, n);

	snprintf(entry, n, "%s=%s", name, value);
	add_env(env, entry);
}

char **spawn_env(const struct exec_request *r, const char *const *configured, const struct identity *who, struct arena *a)
{
	size_t n = 8;
	char **env;

	for (char **at = r->env; *at; at++)
		n++;
	for (const char *const *at = configured; at && *at; at++)
		n++;
	env = arena_alloc(a, n * sizeof *env);
	for (size_t i = 0; r->env[i]; i++)
		env[i] = r->env[i];
	for (const char *const *at = configured; at && *at; at++) {
		char *entry = arena_alloc(a, strlen(*at) + 1);

		strcpy(entry, *at);
		add_env(env, entry);
	}
	add_default(env, a, "PATH", default_path);
	add_default(env, a, "HOME", who->home);
	add_default(env, a, "SHELL", who->shell);
	if (who->name) {
		add_default(env, a, "USER", who->name);
		add_default(env, a, "LOGNAME", who->name);
	}
	if (r->terminal)
		add_default(env, a, "TERM", "xterm-256color");
	return env;
}
