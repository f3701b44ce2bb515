// What every handler may need to know of the agent it runs in.
#pragma once
#include "base/loop.h"
#include "session/session.h"
#include <stdbool.h>

enum init_kind { INIT_NONE, INIT_OTHER, INIT_SYSTEMD };

struct agent {
	struct loop loop;
	struct session session;
	enum init_kind init;
	const char *const *env; // NULL-ended `K=V` of the configuration; may be NULL
	bool owns_machine; // it may set the clock and end the machine; never in a test
	bool init_ready; // it has finished starting
	bool stopping; // SHUTDOWN has been asked for
	struct state_query *boot_waiters;
	struct timer look; // state.c: at an init that does not tell how far it is
	uint32_t seen;
	uint64_t seen_since; // ms
	struct shutdown *shutdown;
};

struct stream;
struct agent *agent_of(const struct stream *st);
// The loop, and a session that knows the requests. The channel comes by session_attach.
bool agent_open(struct agent *a, const uint8_t token[TOKEN_LEN]);
