#include "boot/options.h"
#include "base/bytes.h"
#include <string.h>
#include <sys/mount.h>

static const struct {
	const char *name;
	unsigned long set, clear;
} known[] = {
	{"defaults", 0, 0},
	{"ro", MS_RDONLY, 0},
	{"rw", 0, MS_RDONLY},
	{"nosuid", MS_NOSUID, 0},
	{"suid", 0, MS_NOSUID},
	{"nodev", MS_NODEV, 0},
	{"dev", 0, MS_NODEV},
	{"noexec", MS_NOEXEC, 0},
	{"exec", 0, MS_NOEXEC},
	{"sync", MS_SYNCHRONOUS, 0},
	{"async", 0, MS_SYNCHRONOUS},
	{"dirsync", MS_DIRSYNC, 0},
	{"noatime", MS_NOATIME, 0},
	{"atime", 0, MS_NOATIME},
	{"nodiratime", MS_NODIRATIME, 0},
	{"relatime", MS_RELATIME, 0},
	{"strictatime", MS_STRICTATIME, 0},
	{"lazytime", MS_LAZYTIME, 0},
	{"bind", MS_BIND, 0},
	{"rbind", MS_BIND | MS_REC, 0},
	{"auto", 0, 0},
	{"nofail", 0, 0},
};

unsigned long mount_flags(const char *options, char *data)
{
	unsigned long flags = 0;
	size_t out = 0;

	while (*options) {
		size_t n = strcspn(options, ","), i = 0;

		while (i < COUNT(known) && (strlen(known[i].name) != n || strncmp(known[i].name, options, n) != 0))
			i++;
		if (i < COUNT(known)) {
			flags = (flags & ~known[i].clear) | known[i].set;
		} else if (n) {
			if (out)
				data[out++] = ',';
			memcpy(data + out, options, n);
			out += n;
		}
		options += n + (options[n] == ',');
	}
	data[out] = 0;
	return flags;
}
