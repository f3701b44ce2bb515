#pragma once
#include "serve/agent.h"

// From now on the stream is the connection's bytes, FIN a half-close each way. Takes the socket. `early` are bytes that
// the host has sent already, `ended` says that no more will come.
void bridge_start(struct stream *st, int fd, const struct buffer *early, bool ended);
