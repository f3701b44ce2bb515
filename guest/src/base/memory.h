// Memory that is there or ends the process, and arenas that are freed as a whole.
#pragma once
#include "base/bytes.h"

void *must_alloc(size_t n); // zeroed

struct arena_block;
struct arena {
	struct arena_block *blocks;
};

void *arena_alloc(struct arena *a, size_t n); // zeroed, aligned for anything
char *arena_text(struct arena *a, struct span s); // a copy with a NUL after it; NULL where s holds a NUL itself
void arena_free(struct arena *a);
