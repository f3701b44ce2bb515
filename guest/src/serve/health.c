// HEALTH and WAIT_BOOT: the two that tell the init's state.
#include "base/files.h"
#include "base/memory.h"
#include "serve/quiet.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include "serve/state.h"
#include "serve/vitals.h"
#include "wire/record.h"
#include <stdlib.h>

struct asking {
	struct state_query query;
	struct stream *st;
};

static void gone(struct stream *st)
{
	struct asking *a = st->user;

	state_cancel(&a->query);
	free(a);
}

static const struct stream_ops ops = {.data = quiet_data, .fin = quiet_event, .writable = quiet_event, .gone = gone};

static struct asking *ask(struct stream *st, void (*answer)(struct state_query *, const char *))
{
	struct asking *a = must_alloc(sizeof *a);

	a->st = st;
	a->query.agent = agent_of(st);
	a->query.answer = answer;
	st->ops = &ops;
	st->user = a;
	return a;
}

static void finish(struct asking *a, struct buffer *list)
{
	struct stream *st = a->st;

	free(a);
	finish_ok(st, list);
	buffer_free(list);
}

static void answer_wait(struct state_query *q, const char *state)
{
	struct buffer list = {0};

	record_put_text(&list, 1, state);
	finish(CONTAINER(q, struct asking, query), &list);
}

static void answer_health(struct state_query *q, const char *state)
{
	struct buffer list = {0};

	record_put_u64(&list, 1, now_ms());
	record_put_text(&list, 2, state);
	vitals_list(&list);
	finish(CONTAINER(q, struct asking, query), &list);
}

void start_wait_boot(struct stream *st, struct span body)
{
	(void)body;
	state_when_booted(&ask(st, answer_wait)->query);
}

void start_health(struct stream *st, struct span body)
{
	(void)body;
	state_now(&ask(st, answer_health)->query);
}
