// Requests parsed from the bodies of their messages. Pure; texts are copies in the arena, without NUL inside.
#pragma once
#include "base/memory.h"
#include <stdbool.h>

struct exec_request {
	char **argv; // NULL-ended, at least one
	char **env; // NULL-ended `K=V`
	const char *cwd, *user, *default_cwd; // NULL = absent
	bool terminal;
	uint16_t rows, cols;
};

struct put_request {
	const char *path;
	bool has_mode, has_owner, parents;
	uint32_t mode, uid, gid;
};

struct dial_request {
	const char *host, *unix_path; // one of them
	uint16_t port;
};

bool parse_exec(struct span body, struct arena *a, struct exec_request *out);
bool parse_get(struct span body, struct arena *a, const char **path);
bool parse_put(struct span body, struct arena *a, struct put_request *out);
bool parse_dial(struct span body, struct arena *a, struct dial_request *out);
