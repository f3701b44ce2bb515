// One channel to the host: finds the session's mark in what it reads, answers it, then carries streams.
#pragma once
#include "base/loop.h"
#include "session/mux.h"
#include "wire/token.h"

enum { NONCE_LEN = 8, OUT_HARD = 1 << 20 }; // above OUT_HARD waiting bytes nothing more is read

struct session {
	struct loop *loop;
	struct watch io;
	struct token_scan scan;
	enum { SESSION_SEEK, SESSION_NONCE, SESSION_RUN } state;
	uint8_t nonce[NONCE_LEN];
	size_t have;
	struct mux mux;
	struct buffer out;
	bool stalled; // output stopped a stream or the reading
	void (*hello)(struct session *, struct buffer *into); // adds the hello list
	void (*ended)(struct session *); // the channel itself is gone; NULL: it comes back by itself
	void *user;
};

void session_init(struct session *s, struct loop *loop, const uint8_t token[TOKEN_LEN]);
// Serves a non-blocking descriptor. One that was served before is left as it is, its streams dropped.
void session_attach(struct session *s, int fd);
void session_detach(struct session *s);
// Writes what waits; call it when a batch of events has been handled.
void session_flush(struct session *s);
