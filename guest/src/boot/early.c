#include "base/files.h"
#include "boot/boot.h"
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

struct view {
	const char *target, *type, *data;
	unsigned long flags;
};

static void mount_view(const struct view *v)
{
	make_dirs(v->target);
	mount(v->type, v->target, v->type, v->flags, v->data);
}

void mount_kernel_views(void)
{
	static const struct view views[] = {
		{"/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
		{"/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
		{"/dev", "devtmpfs", "mode=755", MS_NOSUID},
	};

	for (size_t i = 0; i < COUNT(views); i++)
		mount_view(&views[i]);
}

static bool exists(const char *path)
{
	struct stat s;

	return lstat(path, &s) == 0;
}

// systemd mounts /tmp in memory where its unit is wanted and not masked.
static bool wants_tmp_mount(void)
{
	char to[16];
	ssize_t n = readlink("/etc/systemd/system/tmp.mount", to, sizeof to);

	if (n == 9 && !memcmp(to, "/dev/null", 9))
		return false;
	return exists("/etc/systemd/system/local-fs.target.wants/tmp.mount") ||
	       exists("/usr/lib/systemd/system/local-fs.target.wants/tmp.mount") ||
	       exists("/lib/systemd/system/local-fs.target.wants/tmp.mount");
}

void mount_runtime(enum init_kind init)
{
	static const struct view views[] = {
		{"/dev/pts", "devpts", "mode=620,gid=5,ptmxmode=000", MS_NOSUID | MS_NOEXEC},
		{"/dev/shm", "tmpfs", "mode=1777", MS_NOSUID | MS_NODEV},
		{"/run", "tmpfs", "mode=755,size=20%,nr_inodes=800k", MS_NOSUID | MS_NODEV},
		{"/sys/fs/cgroup", "cgroup2", "nsdelegate,memory_recursiveprot", MS_NOSUID | MS_NODEV | MS_NOEXEC},
	};
	static const struct view tmp = {"/tmp", "tmpfs", "mode=1777,size=50%,nr_inodes=1m", MS_NOSUID | MS_NODEV};
	static const struct view lock = {"/run/lock", "tmpfs", "size=5M,mode=1777", MS_NOSUID | MS_NODEV | MS_NOEXEC};
	static const char *const links[][2] = {
		{"/proc/self/fd", "/dev/fd"},
		{"/proc/self/fd/0", "/dev/stdin"},
		{"/proc/self/fd/1", "/dev/stdout"},
		{"/proc/self/fd/2", "/dev/stderr"},
		{"/proc/kcore", "/dev/core"},
	};

	for (size_t i = 0; i < COUNT(views); i++)
		mount_view(&views[i]);
	for (size_t i = 0; i < COUNT(links); i++)
		if (symlink(links[i][0], links[i][1]) != 0 && errno != EEXIST)
			break;
	if (exists("/etc/debian_version"))
		mount_view(&lock);
	if (init != INIT_SYSTEMD)
		return;
	if (wants_tmp_mount())
		mount_view(&tmp);
	else
		keep_tmp();
}
