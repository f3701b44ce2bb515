// WATCH_LISTENING: which TCP ports listen, told at once and anew whenever that has changed. The kernel has no event for a
// socket that begins to listen, so they are looked at while somebody wants to know.
#include "base/memory.h"
#include "serve/agent.h"
#include "serve/quiet.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include "serve/sockets.h"
#include "wire/record.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 1000, PORTS_MAX = 4096, LISTENING = 10 };

struct watching {
	struct stream *st;
	struct loop *loop;
	struct timer look;
	struct buffer told;
	bool any; // something has been told
};

// The kernel lists listening sockets before all others: what comes after them, often far more, is not read.
static void add_listening(struct buffer *list, const char *path, bool v6, int *left)
{
	FILE *table = fopen(path, "re");
	struct open_socket s;
	char line[512];

	while (table && fgets(line, sizeof line, table)) {
		struct buffer item = {0};

		if (!socket_line(line, v6, &s))
			continue;
		if (s.state != LISTENING || !*left)
			break;
		--*left;
		record_put_text(&item, 1, s.address);
		record_put_u16(&item, 2, s.port);
		record_put(list, 1, buffer_bytes(&item), buffer_len(&item));
		buffer_free(&item);
	}
	if (table)
		fclose(table);
}

static void look(struct timer *t)
{
	struct watching *w = CONTAINER(t, struct watching, look);
	struct buffer now = {0};
	int left = PORTS_MAX;

	// A host that does not read what it was told is told later.
	if (stream_room(w->st)) {
		add_listening(&now, "/proc/net/tcp", false, &left);
		add_listening(&now, "/proc/net/tcp6", true, &left);
		if (!w->any || buffer_len(&now) != buffer_len(&w->told) ||
		    (buffer_len(&now) && memcmp(buffer_bytes(&now), buffer_bytes(&w->told), buffer_len(&now)) != 0)) {
			w->any = true;
			send_message(w->st, MSG_LISTENING, (struct span){buffer_len(&now) ? buffer_bytes(&now) : NULL, buffer_len(&now)});
			buffer_free(&w->told);
			w->told = now;
		} else {
			buffer_free(&now);
		}
	}
	loop_after(w->loop, &w->look, LOOK_MS);
}

static void release(struct stream *st)
{
	struct watching *w = st->user;

	loop_cancel(w->loop, &w->look);
	buffer_free(&w->told);
	free(w);
}

static void fin(struct stream *st)
{
	release(st);
	stream_finish(st);
}

static const struct stream_ops ops = {.data = quiet_data, .fin = fin, .writable = quiet_event, .gone = release};

void start_watch_listening(struct stream *st, struct span body)
{
	struct watching *w = must_alloc(sizeof *w);

	(void)body;
	w->st = st;
	w->loop = &agent_of(st)->loop;
	w->look.fire = look;
	st->ops = &ops;
	st->user = w;
	look(&w->look);
}
