#include "init/relay.h"
#include "base/bytes.h"
#include "base/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HELD = 16 * 1024 };

struct relay;

struct way { // one direction
	struct relay *relay;
	struct watch from, to; // descriptors of their own; one of the two is watched
	uint8_t held[HELD];
	size_t at, len;
	bool ended;
};

struct relay {
	struct loop *loop;
	struct way ways[2];
};

static void close_way(struct way *w)
{
	loop_watch(w->relay->loop, &w->from, 0);
	loop_watch(w->relay->loop, &w->to, 0);
	w->ended = true;
}

static void end_way(struct way *w)
{
	struct relay *r = w->relay;

	shutdown(w->to.fd, SHUT_WR);
	close_way(w);
	if (!r->ways[0].ended || !r->ways[1].ended)
		return;
	for (int i = 0; i < 2; i++) {
		close(r->ways[i].from.fd);
		close(r->ways[i].to.fd);
	}
	free(r);
}

static void move(struct way *w)
{
	struct loop *l = w->relay->loop;

	if (!w->len) {
		ssize_t n = read(w->from.fd, w->held, HELD);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			end_way(w);
			return;
		}
		w->at = 0;
		w->len = (size_t)n;
	}
	while (w->len) {
		ssize_t n = write(w->to.fd, w->held + w->at, w->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			end_way(w);
			return;
		}
		w->at += (size_t)n;
		w->len -= (size_t)n;
	}
	loop_watch(l, &w->from, w->len ? 0 : EPOLLIN);
	loop_watch(l, &w->to, w->len ? EPOLLOUT : 0);
}

static void from_ready(struct watch *w, uint32_t events)
{
	(void)events;
	move(CONTAINER(w, struct way, from));
}

static void to_ready(struct watch *w, uint32_t events)
{
	(void)events;
	move(CONTAINER(w, struct way, to));
}

void relay_start(struct loop *l, int a, int b)
{
	struct relay *r = must_alloc(sizeof *r);
	int fds[2] = {a, b};

	r->loop = l;
	for (int i = 0; i < 2; i++) {
		struct way *w = &r->ways[i];

		w->relay = r;
		w->from = (struct watch){.fd = fds[i], .ready = from_ready};
		w->to = (struct watch){.fd = fcntl(fds[!i], F_DUPFD_CLOEXEC, 3), .ready = to_ready};
		loop_watch(l, &w->from, EPOLLIN);
	}
}
