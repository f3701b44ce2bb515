#include "base/buffer.h"
#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

uint8_t *buffer_room(struct buffer *b, size_t n)
{
	size_t len = buffer_len(b);

	if (b->cap - b->end >= n && b->at)
		return b->at + b->end;
	if (b->start && b->cap - len >= n) {
		memmove(b->at, b->at + b->start, len);
	} else {
		size_t cap = b->cap ? b->cap : 512;
		uint8_t *at;

		while (cap - len < n)
			cap *= 2;
		at = must_alloc(cap);
		if (len)
			memcpy(at, b->at + b->start, len);
		free(b->at);
		b->at = at;
		b->cap = cap;
	}
	b->start = 0;
	b->end = len;
	return b->at + len;
}

void buffer_grew(struct buffer *b, size_t n)
{
	b->end += n;
}

void buffer_add(struct buffer *b, const void *bytes, size_t n)
{
	if (!n)
		return;
	memcpy(buffer_room(b, n), bytes, n);
	b->end += n;
}

void buffer_took(struct buffer *b, size_t n)
{
	b->start += n;
	if (b->start == b->end)
		b->start = b->end = 0;
}

void buffer_clear(struct buffer *b, size_t keep)
{
	b->start = b->end = 0;
	if (b->cap > keep)
		buffer_free(b);
}

void buffer_free(struct buffer *b)
{
	free(b->at);
	*b = (struct buffer){0};
}
