// Clients of systemd's private socket that come before systemd listens: they connect to a socket of the agent's in its
// place, and are passed on once systemd has put its own there.
#pragma once
#include "base/loop.h"

struct early_clients {
	struct loop *loop;
	struct watch directory; // an inotify descriptor on the socket's directory
	struct timer again;
	int listener; // not accepted from before systemd listens
	int tries;
};

bool early_clients_listen(struct early_clients *e); // makes /run/systemd/system and the socket
void early_clients_serve(struct early_clients *e, struct loop *l);
