#include "base/console.h"
#include "base/files.h"
#include "boot/boot.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

void write_files(const struct file_item *files)
{
	for (const struct file_item *f = files; f; f = f->next) {
		struct stat s;

		if (f->only_missing && stat(f->path, &s) == 0 && s.st_size > 0)
			continue;
		if (!make_parents(f->path, 0, 0) || !file_replace(f->path, f->content.at, f->content.len, f->mode & 07777, f->uid, f->gid))
			say("file %s: %s", f->path, strerror(errno));
	}
}
