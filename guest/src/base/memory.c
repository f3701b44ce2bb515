#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	_Alignas(16) uint8_t bytes[];
};

void *must_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		abort();
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->blocks;
	size_t need = (n + 15) & ~(size_t)15;

	if (!b || b->cap - b->used < need) {
		size_t cap = need > 4096 ? need : 4096;

		b = must_alloc(sizeof *b + cap);
		b->cap = cap;
		b->next = a->blocks;
		a->blocks = b;
	}
	b->used += need;
	return b->bytes + b->used - need;
}

char *arena_text(struct arena *a, struct span s)
{
	char *text;

	if (s.len && memchr(s.at, 0, s.len))
		return NULL;
	text = arena_alloc(a, s.len + 1);
	if (s.len)
		memcpy(text, s.at, s.len);
	return text;
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
}
