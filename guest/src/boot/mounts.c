#include "base/console.h"
#include "base/files.h"
#include "boot/boot.h"
#include "boot/options.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define ASIDE "/run/banger-mount"

// Grows and fills the file system aside, while the image's directory can still be read, then puts it in its place.
static bool mount_prepared(const struct mount_item *m, const char *device, unsigned long flags, const char *data)
{
	bool ok;
	int to;

	if (!make_dirs(ASIDE) || mount(device, ASIDE, m->type, flags, data) != 0)
		return false;
	if (m->grow && !grow_ext4(device, ASIDE))
		say("%s keeps its size: %s", m->target, strerror(errno));
	to = open(ASIDE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = to >= 0 && (!m->seed || seed_mount(m->target, to));
	if (to >= 0)
		close(to);
	ok = ok && mount(ASIDE, m->target, NULL, MS_MOVE, NULL) == 0;
	if (!ok)
		umount2(ASIDE, MNT_DETACH);
	rmdir(ASIDE);
	return ok;
}

static bool source(const struct mount_item *m, unsigned long flags, char *path, size_t size)
{
	if (*m->device && !(flags & MS_BIND)) {
		bool found = device_path(m->device, path, size);

		errno = ENODEV;
		return found;
	}
	return snprintf(path, size, "%s", *m->device ? m->device : m->type) < (int)size;
}

static bool mount_one(const struct mount_item *m)
{
	char device[PATH_MAX], *data = must_alloc(strlen(m->options) + 1);
	unsigned long flags = mount_flags(m->options, data);
	bool ok = source(m, flags, device, sizeof device) && make_dirs(m->target);

	if (ok && (m->grow || m->seed))
		ok = mount_prepared(m, device, flags, data);
	else if (ok)
		ok = mount(device, m->target, m->type, flags, data) == 0;
	free(data);
	return ok;
}

void mount_all(const struct mount_item *mounts)
{
	for (; mounts; mounts = mounts->next) {
		if (mount_one(mounts))
			continue;
		if (!mounts->optional)
			die("mount %s: %s", mounts->target, strerror(errno));
		say("mount %s: %s", mounts->target, strerror(errno));
	}
}
