// The word of systemd, as PID 1, that it has finished starting: a datagram to the socket named in its environment.
#pragma once
#include "serve/agent.h"

struct notify {
	struct agent *agent;
	struct watch w;
};

bool notify_listen(struct notify *n, char *environment, size_t size); // writes NOTIFY_SOCKET=…
void notify_serve(struct notify *n, struct agent *a);
// Whether a datagram says that starting has finished. Pure.
bool notify_is_ready(const char *text, size_t len);
