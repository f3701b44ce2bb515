// A byte queue: bytes are added at the end and taken from the start.
#pragma once
#include "base/bytes.h"

struct buffer {
	uint8_t *at;
	size_t start, end, cap;
};

static inline size_t buffer_len(const struct buffer *b)
{
	return b->end - b->start;
}

static inline const uint8_t *buffer_bytes(const struct buffer *b)
{
	return b->at + b->start;
}

// Room for n more bytes after the end; valid until the next call. The bytes count once buffer_grew is told of them.
uint8_t *buffer_room(struct buffer *b, size_t n);
void buffer_grew(struct buffer *b, size_t n);
void buffer_add(struct buffer *b, const void *bytes, size_t n);
void buffer_took(struct buffer *b, size_t n);
// Forgets the content; memory beyond `keep` bytes is given back.
void buffer_clear(struct buffer *b, size_t keep);
void buffer_free(struct buffer *b);
