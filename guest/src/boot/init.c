#include "base/console.h"
#include "base/files.h"
#include "boot/boot.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

void enter_cgroup(void)
{
	if (mkdir("/sys/fs/cgroup/banger", 0755) != 0 && errno != EEXIST)
		return;
	file_poke("/sys/fs/cgroup/banger/cgroup.procs", "0");
}
