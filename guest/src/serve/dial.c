// DIAL: connects from inside the guest, then hands the stream and the socket to each other.
#include "base/memory.h"
#include "serve/address.h"
#include "serve/bridge.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dial {
	struct stream *st;
	struct loop *loop;
	struct watch w; // the socket that is being connected; fd -1: none
	struct address to[ADDRESS_MAX];
	int count, next;
	struct buffer early; // from a host that did not wait for OK
	bool ended;
	char where[160];
};

static void abandon(struct dial *d)
{
	if (d->w.fd < 0)
		return;
	loop_watch(d->loop, &d->w, 0);
	close(d->w.fd);
	d->w.fd = -1;
}

static void release(struct stream *st)
{
	struct dial *d = st->user;

	abandon(d);
	buffer_free(&d->early);
	free(d);
}

static void data(struct stream *st, const uint8_t *at, size_t len)
{
	buffer_add(&((struct dial *)st->user)->early, at, len);
}

static void fin(struct stream *st)
{
	((struct dial *)st->user)->ended = true;
}

static void wait(struct stream *st)
{
	(void)st;
}

static const struct stream_ops ops = {.data = data, .fin = fin, .writable = wait, .gone = release};

static void connected(struct dial *d)
{
	struct stream *st = d->st;
	int fd = d->w.fd;

	loop_watch(d->loop, &d->w, 0);
	d->w.fd = -1;
	send_ok(st, NULL);
	bridge_start(st, fd, &d->early, d->ended);
	buffer_free(&d->early);
	free(d);
}

static void refused(struct dial *d, int error)
{
	struct stream *st = d->st;
	const char *code = error == ECONNREFUSED ? REFUSED : file_error_code(error);
	char where[sizeof d->where];

	memcpy(where, d->where, sizeof where);
	release(st);
	finish_error(st, code, "%s: %s", where, strerror(error));
}

// Begins with the next address; false with errno where there is none that can be tried.
static bool try_next(struct dial *d)
{
	while (d->next < d->count) {
		const struct address *to = &d->to[d->next++];

		d->w.fd = socket(to->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (d->w.fd < 0)
			continue;
		if (connect(d->w.fd, (const struct sockaddr *)&to->at, to->len) == 0 || errno == EINPROGRESS) {
			loop_watch(d->loop, &d->w, EPOLLOUT);
			return true;
		}
		int error = errno;

		abandon(d);
		errno = error;
	}
	return false;
}

static void ready(struct watch *w, uint32_t events)
{
	struct dial *d = CONTAINER(w, struct dial, w);
	int error = 0;
	socklen_t len = sizeof error;

	(void)events;
	getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (!error) {
		connected(d);
		return;
	}
	abandon(d);
	if (d->next == d->count || !try_next(d))
		refused(d, error);
}

void start_dial(struct stream *st, struct span body)
{
	struct arena arena = {0};
	struct dial_request r;
	struct dial *d = NULL;

	if (!parse_dial(body, &arena, &r)) {
		finish_error(st, BAD_REQUEST, "not a well-formed DIAL");
	} else {
		d = must_alloc(sizeof *d);
		d->st = st;
		d->loop = &agent_of(st)->loop;
		d->w = (struct watch){.fd = -1, .ready = ready};
		d->count = addresses_of(&r, d->to);
		if (r.unix_path)
			snprintf(d->where, sizeof d->where, "%s", r.unix_path);
		else
			snprintf(d->where, sizeof d->where, "%s port %u", r.host, r.port);
		st->ops = &ops;
		st->user = d;
		errno = EINVAL;
		if (!try_next(d))
			refused(d, errno);
	}
	arena_free(&arena);
}
