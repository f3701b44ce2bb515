// FILE_PUT: into a temporary file beside the target, which takes the target's place at END.
#include "base/files.h"
#include "base/memory.h"
#include "serve/quiet.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include "wire/request.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct receiving {
	struct message_reader reader;
	int fd;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	char target[PATH_MAX], temp[PATH_MAX];
};

static void release(struct stream *st)
{
	struct receiving *r = st->user;

	if (r->fd >= 0) {
		close(r->fd);
		unlink(r->temp);
	}
	message_reader_free(&r->reader);
	free(r);
}

static void complete(struct stream *st)
{
	struct receiving *r = st->user;
	bool ok = fchown(r->fd, r->uid, r->gid) == 0 && fchmod(r->fd, r->mode) == 0 && rename(r->temp, r->target) == 0;
	int error = errno;

	if (ok) {
		close(r->fd);
		r->fd = -1;
	}
	release(st);
	if (ok)
		finish_ok(st, NULL);
	else
		finish_error(st, file_error_code(error), "rename: %s", strerror(error));
}

static void data(struct stream *st, const uint8_t *at, size_t len)
{
	struct receiving *r = st->user;
	struct span in = {at, len};
	enum message_state state;
	struct message m;

	stream_credit(st, len);
	while ((state = message_read(&r->reader, &in, &m)) != MESSAGE_MORE) {
		if (state == MESSAGE_PART && m.tag == MSG_DATA && write_all(r->fd, m.body.at, m.body.len))
			continue;
		if (state == MESSAGE_WHOLE && m.tag == MSG_END) {
			complete(st);
			return;
		}
		int error = errno;

		release(st);
		if (state == MESSAGE_PART && m.tag == MSG_DATA)
			finish_error(st, error == ENOSPC || error == EDQUOT ? IO_ERROR : file_error_code(error), "write: %s", strerror(error));
		else
			finish_error(st, BAD_REQUEST, "neither DATA nor END");
		return;
	}
}

// The host has gone silent before END: the old file stays.
static void cut_short(struct stream *st)
{
	release(st);
	finish_error(st, BAD_REQUEST, "the file ended without END");
}

static const struct stream_ops ops = {.data = data, .fin = cut_short, .writable = quiet_event, .gone = release};

// What is not told is kept from the file that is replaced.
static bool prepare(struct receiving *r, const struct put_request *p)
{
	struct stat old;

	if (p->parents && !make_parents(p->path, p->uid, p->gid))
		return false;
	if (!realpath(p->path, r->target) && snprintf(r->target, sizeof r->target, "%s", p->path) >= (int)sizeof r->target) {
		errno = ENAMETOOLONG;
		return false;
	}
	r->mode = 0644;
	r->uid = getuid();
	r->gid = getgid();
	if (stat(r->target, &old) == 0) {
		errno = S_ISDIR(old.st_mode) ? EISDIR : EINVAL;
		if (!S_ISREG(old.st_mode))
			return false;
		r->mode = old.st_mode & 07777;
		r->uid = old.st_uid;
		r->gid = old.st_gid;
	}
	if (p->has_mode)
		r->mode = p->mode & 07777;
	if (p->has_owner) {
		r->uid = p->uid;
		r->gid = p->gid;
	}
	if (snprintf(r->temp, sizeof r->temp, "%s.XXXXXX", r->target) >= (int)sizeof r->temp) {
		errno = ENAMETOOLONG;
		return false;
	}
	r->fd = mkostemp(r->temp, O_CLOEXEC);
	return r->fd >= 0;
}

void start_file_put(struct stream *st, struct span body)
{
	struct arena arena = {0};
	struct put_request p;
	struct receiving *r;

	if (parse_put(body, &arena, &p)) {
		r = must_alloc(sizeof *r);
		r->fd = -1;
		st->ops = &ops;
		st->user = r;
		if (!prepare(r, &p)) {
			int error = errno;

			release(st);
			finish_error(st, file_error_code(error), "%s: %s", p.path, strerror(error));
		}
	} else {
		finish_error(st, BAD_REQUEST, "not a well-formed FILE_PUT");
	}
	arena_free(&arena);
}
