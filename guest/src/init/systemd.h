// Beside systemd: what makes its clients work before it listens, and how its progress is heard.
#pragma once
#include "serve/agent.h"

// Before the fork: the sockets, so that no client and no word of systemd's can come too early.
void systemd_prepare(void);
// In the agent: serves those sockets.
void systemd_watch(struct agent *a);
// The environment for the image's init.
char **init_environment(void);
