#include "wire/token.h"
#include <string.h>

void token_init(struct token_scan *s, const uint8_t token[TOKEN_LEN])
{
	memcpy(s->token, token, TOKEN_LEN);
	memset(s->skip, TOKEN_LEN, sizeof s->skip);
	for (size_t i = 0; i + 1 < TOKEN_LEN; i++)
		s->skip[token[i]] = (uint8_t)(TOKEN_LEN - 1 - i);
	s->tail_len = 0;
}

// Boyer-Moore-Horspool; the end of the first match or 0.
static size_t find_within(const struct token_scan *s, const uint8_t *at, size_t len)
{
	for (size_t end = TOKEN_LEN; end <= len; end += s->skip[at[end - 1]])
		if (at[end - 1] == s->token[TOKEN_LEN - 1] && !memcmp(at + end - TOKEN_LEN, s->token, TOKEN_LEN))
			return end;
	return 0;
}

static void keep_tail(struct token_scan *s, const uint8_t *at, size_t len)
{
	size_t max = sizeof s->tail, old;

	if (len >= max) {
		memcpy(s->tail, at + len - max, max);
		s->tail_len = max;
		return;
	}
	old = s->tail_len < max - len ? s->tail_len : max - len;
	memmove(s->tail, s->tail + s->tail_len - old, old);
	memcpy(s->tail + old, at, len);
	s->tail_len = old + len;
}

size_t token_find(struct token_scan *s, const uint8_t *at, size_t len)
{
	uint8_t seam[2 * (TOKEN_LEN - 1)];
	size_t head = len < TOKEN_LEN - 1 ? len : TOKEN_LEN - 1, end;

	if (!len)
		return 0;
	memcpy(seam, s->tail, s->tail_len);
	memcpy(seam + s->tail_len, at, head);
	end = find_within(s, seam, s->tail_len + head);
	end = end ? end - s->tail_len : find_within(s, at, len);
	if (end)
		s->tail_len = 0;
	else
		keep_tail(s, at, len);
	return end;
}
