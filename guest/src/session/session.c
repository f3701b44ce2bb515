#include "session/session.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PROTOCOL_VERSION = 1, READ_SIZE = 64 * 1024, READ_TURN = 1 << 20, WRITE_TURN = 1 << 20 };

static const uint32_t edges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

static void drop(struct session *s)
{
	s->state = SESSION_SEEK;
	buffer_clear(&s->out, OUT_SOFT * 2);
	mux_drop(&s->mux);
	buffer_clear(&s->out, OUT_SOFT * 2);
	s->stalled = false;
}

static void answer(struct session *s)
{
	struct buffer list = {0};
	uint8_t head[4];

	s->hello(s, &list);
	put_be16(head, PROTOCOL_VERSION);
	put_be16(head + 2, (uint16_t)buffer_len(&list));
	buffer_add(&s->out, s->scan.token, TOKEN_LEN);
	buffer_add(&s->out, s->nonce, NONCE_LEN);
	buffer_add(&s->out, head, sizeof head);
	buffer_add(&s->out, buffer_bytes(&list), buffer_len(&list));
	buffer_free(&list);
	s->state = SESSION_RUN;
}

static void violated(struct session *s, bool tell)
{
	drop(s);
	if (tell)
		mux_frame(&s->mux, (struct frame){FRAME_GO_AWAY, 0, 0, 1});
}

static void input(struct session *s, const uint8_t *at, size_t len)
{
	size_t mark;

	while ((mark = token_find(&s->scan, at, len))) {
		drop(s);
		s->state = SESSION_NONCE;
		s->have = 0;
		at += mark;
		len -= mark;
	}
	if (s->state == SESSION_NONCE) {
		size_t n = len < NONCE_LEN - s->have ? len : NONCE_LEN - s->have;

		memcpy(s->nonce + s->have, at, n);
		s->have += n;
		at += n;
		len -= n;
		if (s->have == NONCE_LEN)
			answer(s);
	}
	if (s->state == SESSION_RUN) {
		enum mux_state state = mux_feed(&s->mux, at, len);

		if (state != MUX_OK)
			violated(s, state == MUX_VIOLATION);
	}
}

// A virtio-serial port tells its ends by other messages than its bytes: this end may be that of the connection before the one whose mark
// has been read already. There only the next mark is sure.
static void lost(struct session *s)
{
	if (!s->ended)
		return;
	drop(s);
	s->ended(s);
}

static void ready(struct watch *w, uint32_t events)
{
	struct session *s = CONTAINER(w, struct session, io);
	static uint8_t bytes[READ_SIZE];
	int fd = w->fd;

	(void)events;
	for (size_t turn = 0; turn < READ_TURN && buffer_len(&s->out) < OUT_HARD;) {
		ssize_t n = read(fd, bytes, sizeof bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			lost(s);
			return;
		}
		turn += (size_t)n;
		input(s, bytes, (size_t)n);
	}
	if (buffer_len(&s->out) >= OUT_HARD)
		s->stalled = true;
	else
		loop_watch(s->loop, w, edges); // more to read, after the others had their turn
}

void session_flush(struct session *s)
{
	size_t turn = 0;

	while (buffer_len(&s->out) && turn < WRITE_TURN) {
		size_t before = buffer_len(&s->out);
		ssize_t n = write(s->io.fd, buffer_bytes(&s->out), before);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		turn += (size_t)n;
		buffer_took(&s->out, (size_t)n);
		if (buffer_len(&s->out) > OUT_SOFT / 2)
			continue;
		if (s->stalled)
			loop_watch(s->loop, &s->io, edges);
		s->stalled = false;
		if (before > OUT_SOFT / 2)
			mux_drained(&s->mux);
	}
	if (buffer_len(&s->out))
		loop_watch(s->loop, &s->io, edges); // more to write, after the others had their turn
}

void session_init(struct session *s, struct loop *loop, const uint8_t token[TOKEN_LEN])
{
	s->loop = loop;
	s->io = (struct watch){.fd = -1, .ready = ready};
	token_init(&s->scan, token);
	s->state = SESSION_SEEK;
}

void session_attach(struct session *s, int fd)
{
	session_detach(s);
	s->io.fd = fd;
	loop_watch(s->loop, &s->io, edges);
}

void session_detach(struct session *s)
{
	if (s->io.fd < 0)
		return;
	drop(s);
	loop_watch(s->loop, &s->io, 0);
	s->io.fd = -1;
}
