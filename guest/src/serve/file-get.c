// FILE_GET: a regular file, streamed as fast as the host takes it.
#include "base/memory.h"
#include "serve/quiet.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include "wire/record.h"
#include "wire/request.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGE_HEAD = 5 };

struct sending {
	int fd;
	uint64_t left; // as announced; a file that grows meanwhile is cut there
};

static void release(struct stream *st)
{
	struct sending *s = st->user;

	close(s->fd);
	free(s);
}

static void pump(struct stream *st)
{
	struct sending *s = st->user;
	size_t room;

	while ((room = stream_room(st)) > MESSAGE_HEAD) {
		size_t want = room - MESSAGE_HEAD < s->left ? room - MESSAGE_HEAD : s->left;
		uint8_t *at = stream_reserve(st, MESSAGE_HEAD + want);
		ssize_t n = want ? read(s->fd, at + MESSAGE_HEAD, want) : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int error = errno;

			release(st);
			if (n < 0) {
				finish_error(st, IO_ERROR, "read: %s", strerror(error));
			} else {
				send_message(st, MSG_END, (struct span){NULL, 0});
				stream_finish(st);
			}
			return;
		}
		at[0] = MSG_DATA;
		put_be32(at + 1, (uint32_t)n);
		stream_commit(st, MESSAGE_HEAD + (size_t)n);
		s->left -= (uint64_t)n;
	}
}

static const struct stream_ops ops = {.data = quiet_data, .fin = quiet_event, .writable = pump, .gone = release};

static const char *kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

static void send_head(struct stream *st, const struct stat *s)
{
	struct buffer list = {0};

	record_put_u64(&list, 1, (uint64_t)s->st_size);
	record_put_u32(&list, 2, s->st_mode & 07777);
	record_put_u64(&list, 3, (uint64_t)s->st_mtim.tv_sec * 1000000000 + (uint64_t)s->st_mtim.tv_nsec);
	record_put_u32(&list, 4, s->st_uid);
	record_put_u32(&list, 5, s->st_gid);
	send_ok(st, &list);
	buffer_free(&list);
}

static void begin(struct stream *st, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct sending *s;
	struct stat info;

	if (fd < 0 || fstat(fd, &info) != 0) {
		finish_error(st, errno == ENXIO ? BAD_REQUEST : file_error_code(errno), "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(info.st_mode)) {
		finish_error(st, BAD_REQUEST, "%s is %s", path, kind(info.st_mode));
	} else {
		s = must_alloc(sizeof *s);
		s->fd = fd;
		s->left = info.st_size ? (uint64_t)info.st_size : UINT64_MAX; // files of /proc have no size
		st->ops = &ops;
		st->user = s;
		send_head(st, &info);
		pump(st);
		return;
	}
	if (fd >= 0)
		close(fd);
}

void start_file_get(struct stream *st, struct span body)
{
	struct arena arena = {0};
	const char *path;

	if (parse_get(body, &arena, &path))
		begin(st, path);
	else
		finish_error(st, BAD_REQUEST, "not a well-formed FILE_GET");
	arena_free(&arena);
}
