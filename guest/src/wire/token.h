// Finds the session's token in a stream that arrives in pieces of any size.
#pragma once
#include "base/bytes.h"

enum { TOKEN_LEN = 16 };

struct token_scan {
	uint8_t token[TOKEN_LEN];
	uint8_t skip[256]; // how far the window may move when its last byte is this one
	uint8_t tail[TOKEN_LEN - 1]; // the last bytes seen
	size_t tail_len;
};

void token_init(struct token_scan *s, const uint8_t token[TOKEN_LEN]);
// Looks at the next piece: how many of its bytes end the first token in it, or 0 for none. After a find the rest of
// the piece has not been looked at.
size_t token_find(struct token_scan *s, const uint8_t *at, size_t len);
