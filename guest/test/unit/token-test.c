#include "test.h"
#include "wire/token.h"

static const uint8_t token[TOKEN_LEN] = "aabaabaaabaabaab";

// Feeds in pieces of n bytes; the position after the first token, or 0.
static size_t find_in_pieces(const uint8_t *at, size_t len, size_t n)
{
	struct token_scan s;

	token_init(&s, token);
	for (size_t done = 0; done < len; done += n) {
		size_t part = len - done < n ? len - done : n, end = token_find(&s, at + done, part);

		if (end)
			return done + end;
	}
	return 0;
}

TEST(token_is_found_however_it_is_cut)
{
	uint8_t bytes[200];

	for (size_t at = 0; at + TOKEN_LEN <= sizeof bytes; at++) {
		memset(bytes, 'a', sizeof bytes);
		memcpy(bytes + at, token, TOKEN_LEN);
		for (size_t n = 1; n <= sizeof bytes; n++)
			CHECK(find_in_pieces(bytes, sizeof bytes, n) == at + TOKEN_LEN);
	}
}

TEST(token_is_not_found_where_it_is_not)
{
	uint8_t bytes[300];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = token[i % 15];
	for (size_t n = 1; n < 40; n++)
		CHECK(find_in_pieces(bytes, sizeof bytes, n) == 0);
}

TEST(token_again_after_a_token)
{
	struct token_scan s;
	uint8_t bytes[2 * TOKEN_LEN];

	memcpy(bytes, token, TOKEN_LEN);
	memcpy(bytes + TOKEN_LEN, token, TOKEN_LEN);
	token_init(&s, token);
	CHECK(token_find(&s, bytes, sizeof bytes) == TOKEN_LEN);
	CHECK(token_find(&s, bytes + TOKEN_LEN, TOKEN_LEN) == TOKEN_LEN);
	CHECK(token_find(&s, bytes, 3) == 0);
}
