#include "base/console.h"
#include "base/files.h"
#include "boot/boot.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

// Places in the initramfs.
#define ROOT "/root"
#define BASE "/base"
#define PRIVATE "/private"

static void must_mount(const char *device, const char *target, const char *type, unsigned long flags, const char *data)
{
	mkdir(target, 0755);
	if (mount(device, target, type, flags, data) != 0)
		die("mount %s on %s: %s", device, target, strerror(errno));
}

static void find_device(const char *device, char path[PATH_MAX])
{
	if (!device_path(device, path, PATH_MAX))
		die("no block device %s", device);
}

static void mount_overlay(const struct config *c)
{
	char device[PATH_MAX];

	find_device(c->root_device, device);
	must_mount(device, BASE, "ext4", MS_RDONLY, "noload");
	find_device(c->upper_device, device);
	must_mount(device, PRIVATE, "ext4", 0, NULL);
	if (!grow_ext4(device, PRIVATE))
		say("%s keeps its size: %s", c->upper_device, strerror(errno));
	mkdir(PRIVATE "/upper", 0755);
	mkdir(PRIVATE "/work", 0700);
	mkdir(PRIVATE "/bound", 0700);
	must_mount("overlay", ROOT, "overlay", 0,
		"lowerdir=" BASE ",upperdir=" PRIVATE "/upper,workdir=" PRIVATE "/work,redirect_dir=on");
}

static void mount_disk(const struct config *c)
{
	char device[PATH_MAX];

	find_device(c->root_device, device);
	must_mount(device, ROOT, "ext4", 0, NULL);
	if (!grow_ext4(device, ROOT))
		say("%s keeps its size: %s", c->root_device, strerror(errno));
}

// One name for a path: `/` is written %2F.
static bool flat_name(const char *path, char name[NAME_MAX + 1])
{
	size_t n = 0;

	for (; *path; path++) {
		const char *as = *path == '/' ? "%2F" : *path == '%' ? "%25" : (char[]){*path, 0};

		if (n + strlen(as) > NAME_MAX)
			return false;
		strcpy(name + n, as);
		n += strlen(as);
	}
	return n > 0;
}

static void bind_one(const char *path, int bound)
{
	char name[NAME_MAX + 1], from[64];
	int fd;

	if (!flat_name(path, name))
		die("bound directory %s: the name is too long", path);
	if (!make_dirs(path) || !seed_directory(path, bound, name))
		die("bound directory %s: %s", path, strerror(errno));
	fd = openat(bound, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
	if (fd < 0 || mount(from, path, NULL, MS_BIND, NULL) != 0)
		die("bind %s: %s", path, strerror(errno));
	close(fd);
}

static void move(const char *from, const char *to)
{
	mkdir(to, 0755);
	if (mount(from, to, NULL, MS_MOVE, NULL) != 0)
		die("move %s: %s", from, strerror(errno));
}

void enter_root(const struct config *c)
{
	int bound = -1;

	if (c->root_kind == ROOT_OVERLAY) {
		mount_overlay(c);
		bound = open(PRIVATE "/bound", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		mount_disk(c);
	}
	move("/proc", ROOT "/proc");
	move("/sys", ROOT "/sys");
	move("/dev", ROOT "/dev");
	if (chdir(ROOT) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0)
		die("enter the root: %s", strerror(errno));
	for (const struct text_item *t = c->bound; t && bound >= 0; t = t->next)
		bind_one(t->text, bound);
	if (bound >= 0)
		close(bound);
}
