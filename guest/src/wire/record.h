// Records: u8 tag | u32 length | bytes. Reading never copies; writing appends to a buffer.
#pragma once
#include "base/buffer.h"
#include <stdbool.h>

enum { RECORD_HEAD = 5 };

struct record {
	uint8_t tag;
	struct span body;
};

// Takes the next record off the list: 1 with *out filled, 0 at the end, -1 where a length runs past the list.
int record_next(struct span *list, struct record *out);
// Integers: true where the body has exactly the width asked for.
bool span_u8(struct span s, uint8_t *out);
bool span_u16(struct span s, uint16_t *out);
bool span_u32(struct span s, uint32_t *out);
bool span_u64(struct span s, uint64_t *out);

void record_put(struct buffer *b, uint8_t tag, const void *bytes, size_t n);
void record_put_text(struct buffer *b, uint8_t tag, const char *text);
void record_put_u8(struct buffer *b, uint8_t tag, uint8_t v);
void record_put_u16(struct buffer *b, uint8_t tag, uint16_t v);
void record_put_u32(struct buffer *b, uint8_t tag, uint32_t v);
void record_put_u64(struct buffer *b, uint8_t tag, uint64_t v);
