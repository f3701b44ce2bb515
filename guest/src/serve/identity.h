// Who a command runs as, from the texts of /etc/passwd and /etc/group; no name service.
#pragma once
#include "base/memory.h"
#include <stdbool.h>
#include <sys/types.h>

enum { GROUPS_MAX = 64 };

struct identity {
	uid_t uid;
	gid_t gid;
	const char *name, *home, *shell;
	gid_t groups[GROUPS_MAX]; // the primary one first
	int group_count;
};

// `who` is a name or a number. A number without an entry is accepted with group 0 and home `/`. False: nobody has that name.
bool identity_parse(const char *passwd, const char *group, const char *who, struct arena *a, struct identity *out);
// The same, reading the files. Root is known even without them.
bool identity_find(const char *who, struct arena *a, struct identity *out);
