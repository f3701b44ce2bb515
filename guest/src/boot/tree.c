#include "boot/tree.h"
#include "base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

struct link { // a file with several names, and where its first copy is
	ino_t inode;
	struct link *next;
	char path[];
};

struct copy {
	struct arena arena;
	struct link *links;
	int top; // the target's top directory
};

static bool dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static DIR *open_dir(int at)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

// Extended attributes by path, so that links and devices, which can't be opened, have theirs too.
static bool copy_xattrs(const char *from, const char *to)
{
	char names[4096], value[65536];
	ssize_t n = llistxattr(from, names, sizeof names);

	for (char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		ssize_t len = lgetxattr(from, name, value, sizeof value);

		if (!strncmp(name, "trusted.overlay.", 16))
			continue;
		if (len < 0 || (lsetxattr(to, name, value, (size_t)len, 0) != 0 && errno != ENOTSUP))
			return false;
	}
	return n >= 0 || errno == ENOTSUP;
}

static bool copy_attributes(int from, const char *from_name, int to, const char *to_name)
{
	char a[PATH_MAX], b[PATH_MAX];
	struct timespec times[2];
	struct stat s;

	snprintf(a, sizeof a, "/proc/self/fd/%d/%s", from, from_name);
	snprintf(b, sizeof b, "/proc/self/fd/%d/%s", to, to_name);
	if (fstatat(from, from_name, &s, AT_SYMLINK_NOFOLLOW) != 0 ||
	    fchownat(to, to_name, s.st_uid, s.st_gid, AT_SYMLINK_NOFOLLOW) != 0 || !copy_xattrs(a, b))
		return false;
	if (!S_ISLNK(s.st_mode) && fchmodat(to, to_name, s.st_mode & 07777, 0) != 0)
		return false;
	times[0] = s.st_atim;
	times[1] = s.st_mtim;
	return utimensat(to, to_name, times, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool copy_file(int from, int to, const char *name)
{
	int in = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = in < 0 || out < 0 ? -1 : 1;

	while (n > 0)
		n = sendfile(out, in, NULL, 1 << 20);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return n == 0;
}

static bool copy_link(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof target - 1);

	if (n < 0)
		return false;
	target[n] = 0;
	return symlinkat(target, to, name) == 0;
}

// 1: linked to the copy made before; 0: this is the first name; -1: failed.
static int known_link(struct copy *c, const struct stat *s, int to, const char *name, const char *path)
{
	struct link *l;

	for (l = c->links; l; l = l->next)
		if (l->inode == s->st_ino)
			return linkat(c->top, l->path, to, name, 0) == 0 ? 1 : -1;
	l = arena_alloc(&c->arena, sizeof *l + strlen(path) + 1);
	strcpy(l->path, path);
	l->inode = s->st_ino;
	l->next = c->links;
	c->links = l;
	return 0;
}

static bool copy_dir(struct copy *c, int from, int to, const char *path);

static bool copy_entry(struct copy *c, int from, int to, const char *name, const char *path)
{
	struct stat s;
	bool ok;

	if (fstatat(from, name, &s, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	if (S_ISDIR(s.st_mode)) {
		int a = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), b;

		b = mkdirat(to, name, 0700) == 0 ? openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
		ok = a >= 0 && b >= 0 && copy_dir(c, a, b, path);
		if (a >= 0)
			close(a);
		if (b >= 0)
			close(b);
		return ok;
	}
	if (s.st_nlink > 1) {
		int known = known_link(c, &s, to, name, path);

		if (known)
			return known > 0;
	}
	if (S_ISREG(s.st_mode))
		ok = copy_file(from, to, name);
	else if (S_ISLNK(s.st_mode))
		ok = copy_link(from, to, name);
	else
		ok = mknodat(to, name, s.st_mode, s.st_rdev) == 0;
	return ok && copy_attributes(from, name, to, name);
}

static bool copy_dir(struct copy *c, int from, int to, const char *path)
{
	DIR *d = open_dir(from);
	struct dirent *e;
	char below[PATH_MAX];
	bool ok = d != NULL;

	while (ok && (e = readdir(d)))
		if (!dots(e->d_name))
			ok = snprintf(below, sizeof below, "%s%s%s", path, *path ? "/" : "", e->d_name) < (int)sizeof below &&
			     copy_entry(c, from, to, e->d_name, below);
	if (d)
		closedir(d);
	return ok && tree_attributes(from, to);
}

bool tree_attributes(int from, int to)
{
	return copy_attributes(from, ".", to, ".");
}

bool tree_copy(int from, int to)
{
	struct copy c = {.top = to};
	bool ok = copy_dir(&c, from, to, "");

	arena_free(&c.arena);
	return ok;
}

static bool remove_content(int dir)
{
	DIR *d = open_dir(dir);
	struct dirent *e;
	bool ok = d != NULL;

	while (ok && (e = readdir(d)))
		ok = dots(e->d_name) || tree_remove(dir, e->d_name);
	if (d)
		closedir(d);
	return ok;
}

bool tree_remove(int parent, const char *name)
{
	int fd;
	bool ok;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return true;
	if (errno != EISDIR && errno != EPERM)
		return false;
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	ok = fd >= 0 && remove_content(fd);
	if (fd >= 0)
		close(fd);
	return ok && unlinkat(parent, name, AT_REMOVEDIR) == 0;
}
