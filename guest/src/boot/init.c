#include "base/console.h"
#include "base/files.h"
#include "boot/boot.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *find_init(const char *wanted)
{
	static const char *const usual[] = {
		"/sbin/init", "/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/usr/sbin/init", "/bin/init", "/etc/init"};

	if (!strcmp(wanted, "none"))
		return NULL;
	if (strcmp(wanted, "auto") != 0) {
		if (access(wanted, X_OK) != 0)
			die("init %s: %s", wanted, strerror(errno));
		return wanted;
	}
	for (size_t i = 0; i < COUNT(usual); i++)
		if (access(usual[i], X_OK) == 0)
			return usual[i];
	return NULL;
}

enum init_kind init_kind(const char *path)
{
	char real[PATH_MAX];

	if (!path)
		return INIT_NONE;
	if (!realpath(path, real))
		return INIT_OTHER;
	return strstr(real, "/systemd") ? INIT_SYSTEMD : INIT_OTHER;
}

int fork_into_cgroup(void)
{
	// The child begins in the cgroup: moving a process later makes the kernel wait for all processors.
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	long pid = -1;
	int fd;

	if (mkdir("/sys/fs/cgroup/banger", 0755) != 0 && errno != EEXIST)
		return fork();
	fd = open("/sys/fs/cgroup/banger", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	args.cgroup = (uint64_t)fd;
	if (fd >= 0)
		pid = syscall(SYS_clone3, &args, sizeof args);
	if (fd >= 0)
		close(fd);
	return pid < 0 ? fork() : (int)pid;
}
