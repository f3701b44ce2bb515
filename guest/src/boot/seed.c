#include "base/files.h"
#include "boot/boot.h"
#include "boot/tree.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

// A seed is copied into NEW, made durable, and renamed to READY; then its entries move to where they belong. At every
// moment one look tells where an interrupted seed stood: NEW is thrown away, READY is gone on with.
#define NEW ".banger-seed.new"
#define READY ".banger-seed"
#define SEEDED "trusted.banger.seeded" // on the file system's root: never seed it again

static bool has(int dir, const char *name)
{
	struct stat s;

	return fstatat(dir, name, &s, AT_SYMLINK_NOFOLLOW) == 0;
}

// Nothing there but what mke2fs and an interrupted seed leave.
static bool is_fresh(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;
	bool fresh = d != NULL;

	while (fresh && (e = readdir(d)))
		fresh = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || !strcmp(e->d_name, "lost+found") ||
			!strcmp(e->d_name, NEW);
	if (d)
		closedir(d);
	return fresh;
}

static bool copy_to(const char *from, int parent, const char *temp, const char *name)
{
	int source = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC), target;
	bool ok;

	if (source < 0)
		return false;
	target = tree_remove(parent, temp) && mkdirat(parent, temp, 0700) == 0
			 ? openat(parent, temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			 : -1;
	ok = target >= 0 && tree_copy(source, target) && syncfs(target) == 0 && renameat(parent, temp, parent, name) == 0;
	close(source);
	if (target >= 0)
		close(target);
	return ok;
}

bool seed_directory(const char *from, int parent, const char *name)
{
	char temp[300];

	if (has(parent, name))
		return true;
	// A prefix that no flat path name has, since those begin with %2F.
	snprintf(temp, sizeof temp, "new%.250s", name);
	return copy_to(from, parent, temp, name);
}

static bool spread(int to)
{
	int ready = openat(to, READY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = ready >= 0 ? fdopendir(ready) : NULL;
	struct dirent *e;
	bool ok = d != NULL;

	while (ok && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, "lost+found") != 0)
			ok = renameat(ready, e->d_name, to, e->d_name) == 0;
	ok = ok && tree_attributes(ready, to) && fsetxattr(to, SEEDED, "1", 1, 0) == 0 && tree_remove(to, READY);
	if (d)
		closedir(d);
	return ok;
}

bool seed_mount(const char *from, int to)
{
	if (fgetxattr(to, SEEDED, NULL, 0) >= 0)
		return true;
	if (!has(to, READY)) {
		if (!is_fresh(to))
			return true;
		if (!copy_to(from, to, NEW, READY))
			return false;
	}
	return spread(to);
}
