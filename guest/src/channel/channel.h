// The way to the host: `virtio-serial:NAME` or `vsock:PORT`.
#pragma once
#include "serve/agent.h"

// Attaches the channel to the agent's session, now and whenever it comes anew. False with errno.
bool channel_open(struct agent *a, const char *name);
bool virtio_serial_open(struct agent *a, const char *port);
bool vsock_open(struct agent *a, unsigned port);
