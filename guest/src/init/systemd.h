// Beside systemd: what makes its clients work before it listens, and how its progress is heard.
#pragma once
#include "init/early-clients.h"
#include "init/notify.h"

struct systemd {
	struct early_clients clients;
	struct notify notify;
	char environment[64]; // for systemd; empty: none
};

// Before the fork: the sockets, so that no client and no word of systemd's can come too early.
void systemd_prepare(struct systemd *s);
// In the agent: serves those sockets.
void systemd_serve(struct systemd *s, struct agent *a);
