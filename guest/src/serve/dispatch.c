// A new stream: reads its first message and hands the stream to that request's handler.
#include "base/memory.h"
#include "serve/agent.h"
#include "serve/hello.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include <stdlib.h>

static const struct {
	uint8_t tag;
	void (*start)(struct stream *, struct span);
} requests[] = {
	{MSG_EXEC, start_exec},
	{MSG_FILE_GET, start_file_get},
	{MSG_FILE_PUT, start_file_put},
	{MSG_HEALTH, start_health},
	{MSG_PORTS, start_ports},
	{MSG_DIAL, start_dial},
	{MSG_SHUTDOWN, start_shutdown},
	{MSG_SYNC, start_sync},
	{MSG_CLOCK, start_clock},
	{MSG_WAIT_BOOT, start_wait_boot},
	{MSG_WATCH_LISTENING, start_watch_listening},
};

struct waiting {
	struct message_reader reader;
};

static void forget(struct stream *st)
{
	struct waiting *w = st->user;

	message_reader_free(&w->reader);
	free(w);
	st->user = NULL;
}

static void start(struct stream *st, const struct message *m)
{
	for (size_t i = 0; i < COUNT(requests); i++) {
		if (requests[i].tag != m->tag)
			continue;
		requests[i].start(st, m->body);
		return;
	}
	finish_error(st, BAD_REQUEST, "no request has the tag 0x%02x", m->tag);
}

static void first_data(struct stream *st, const uint8_t *at, size_t len)
{
	struct waiting *w = st->user;
	struct span in = {at, len};
	struct mux *mux = st->mux;
	uint32_t id = st->id;
	struct message m;
	enum message_state state = message_read(&w->reader, &in, &m);

	stream_credit(st, len - in.len);
	if (state == MESSAGE_MORE)
		return;
	if (state == MESSAGE_WHOLE)
		start(st, &m);
	else
		finish_error(st, BAD_REQUEST, "the stream does not begin with a request");
	message_reader_free(&w->reader);
	free(w);
	if (in.len && (st = mux_find(mux, id)))
		st->ops->data(st, in.at, in.len);
}

static void first_fin(struct stream *st)
{
	forget(st);
	stream_reset(st);
}

static void nothing(struct stream *st)
{
	(void)st;
}

static const struct stream_ops first = {.data = first_data, .fin = first_fin, .writable = nothing, .gone = forget};

static void opened(struct stream *st)
{
	st->ops = &first;
	st->user = must_alloc(sizeof(struct waiting));
}

static void idle(struct loop *l)
{
	session_flush(&CONTAINER(l, struct agent, loop)->session);
}

struct agent *agent_of(const struct stream *st)
{
	return st->mux->user;
}

bool agent_open(struct agent *a, const uint8_t token[TOKEN_LEN])
{
	if (!loop_open(&a->loop))
		return false;
	a->loop.idle = idle;
	session_init(&a->session, &a->loop, token);
	a->session.hello = hello_list;
	mux_init(&a->session.mux, &a->session.out, opened, a);
	return true;
}
