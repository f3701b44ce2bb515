#include "base/files.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_read(const char *path, struct buffer *into, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = 0;

	if (fd < 0)
		return false;
	while (buffer_len(into) < max) {
		size_t want = max - buffer_len(into);

		n = read(fd, buffer_room(into, 4096), want < 4096 ? want : 4096);
		if (n <= 0)
			break;
		buffer_grew(into, (size_t)n);
	}
	close(fd);
	*buffer_room(into, 1) = 0;
	return n >= 0;
}

bool write_all(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		at += w;
		n -= (size_t)w;
	}
	return true;
}

bool file_poke(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write_all(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return ok;
}

bool file_replace(const char *path, const void *bytes, size_t n, mode_t mode, uid_t uid, gid_t gid)
{
	char temp[PATH_MAX];
	int fd, error;
	bool ok;

	if (snprintf(temp, sizeof temp, "%s.XXXXXX", path) >= (int)sizeof temp) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = write_all(fd, bytes, n) && fchown(fd, uid, gid) == 0 && fchmod(fd, mode) == 0 && rename(temp, path) == 0;
	error = errno;
	close(fd);
	if (!ok)
		unlink(temp);
	errno = error;
	return ok;
}

bool make_parents(const char *path, uid_t uid, gid_t gid)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof part) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(part, path, len + 1);
	for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		if (mkdir(part, 0755) == 0) {
			if ((uid || gid) && chown(part, uid, gid) != 0)
				return false;
		} else if (errno != EEXIST) {
			return false;
		}
		*slash = '/';
	}
	return true;
}

bool make_dirs(const char *path)
{
	return make_parents(path, 0, 0) && (mkdir(path, 0755) == 0 || errno == EEXIST);
}
