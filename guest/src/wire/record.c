#include "wire/record.h"
#include <string.h>

int record_next(struct span *list, struct record *out)
{
	uint32_t len;

	if (!list->len)
		return 0;
	if (list->len < RECORD_HEAD)
		return -1;
	len = be32(list->at + 1);
	if (len > list->len - RECORD_HEAD)
		return -1;
	out->tag = list->at[0];
	out->body = (struct span){list->at + RECORD_HEAD, len};
	list->at += RECORD_HEAD + len;
	list->len -= RECORD_HEAD + len;
	return 1;
}

bool span_u8(struct span s, uint8_t *out)
{
	if (s.len == 1)
		*out = s.at[0];
	return s.len == 1;
}

bool span_u16(struct span s, uint16_t *out)
{
	if (s.len == 2)
		*out = be16(s.at);
	return s.len == 2;
}

bool span_u32(struct span s, uint32_t *out)
{
	if (s.len == 4)
		*out = be32(s.at);
	return s.len == 4;
}

bool span_u64(struct span s, uint64_t *out)
{
	if (s.len == 8)
		*out = be64(s.at);
	return s.len == 8;
}

void record_put(struct buffer *b, uint8_t tag, const void *bytes, size_t n)
{
	uint8_t head[RECORD_HEAD] = {tag};

	put_be32(head + 1, (uint32_t)n);
	buffer_add(b, head, sizeof head);
	buffer_add(b, bytes, n);
}

void record_put_text(struct buffer *b, uint8_t tag, const char *text)
{
	record_put(b, tag, text, strlen(text));
}

void record_put_u8(struct buffer *b, uint8_t tag, uint8_t v)
{
	record_put(b, tag, &v, 1);
}

void record_put_u16(struct buffer *b, uint8_t tag, uint16_t v)
{
	uint8_t bytes[2];

	put_be16(bytes, v);
	record_put(b, tag, bytes, sizeof bytes);
}

void record_put_u32(struct buffer *b, uint8_t tag, uint32_t v)
{
	uint8_t bytes[4];

	put_be32(bytes, v);
	record_put(b, tag, bytes, sizeof bytes);
}

void record_put_u64(struct buffer *b, uint8_t tag, uint64_t v)
{
	uint8_t bytes[8];

	put_be64(bytes, v);
	record_put(b, tag, bytes, sizeof bytes);
}
