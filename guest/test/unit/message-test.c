#include "test.h"
#include "wire/message.h"
#include "wire/record.h"

// The messages of `b` when it arrives in pieces of n bytes, told as text: tag, then the body's bytes.
static void tell(const struct buffer *b, size_t n, char *out)
{
	struct message_reader reader = {0};
	size_t len = buffer_len(b);

	for (size_t done = 0; done < len; done += n) {
		struct span in = {buffer_bytes(b) + done, len - done < n ? len - done : n};
		struct message m;
		enum message_state state;

		while ((state = message_read(&reader, &in, &m)) != MESSAGE_MORE) {
			CHECK(state != MESSAGE_BAD);
			if (state == MESSAGE_WHOLE)
				out += sprintf(out, "[%u:", m.tag);
			out += sprintf(out, "%.*s", (int)m.body.len, (const char *)m.body.at);
		}
	}
	message_reader_free(&reader);
}

TEST(messages_are_the_same_however_they_are_cut)
{
	struct buffer b = {0};
	char whole[200] = "", cut[200];

	record_put_text(&b, MSG_RESIZE, "abcd");
	record_put_text(&b, MSG_STDIN, "some input");
	record_put_text(&b, MSG_STDIN_EOF, "");
	record_put_text(&b, MSG_STDIN, "");
	record_put_text(&b, MSG_EXEC, "a longer body");
	tell(&b, buffer_len(&b), whole);
	CHECK(!strcmp(whole, "[18:abcdsome input[17:[1:a longer body"));
	for (size_t n = 1; n < buffer_len(&b); n++) {
		memset(cut, 0, sizeof cut);
		tell(&b, n, cut);
		CHECK(!strcmp(whole, cut));
	}
	buffer_free(&b);
}

TEST(message_beyond_the_limit_is_bad)
{
	const uint8_t head[] = {MSG_EXEC, 0, 0x10, 0, 1};
	struct message_reader reader = {0};
	struct span in = {head, sizeof head};
	struct message m;

	CHECK(message_read(&reader, &in, &m) == MESSAGE_BAD);
	message_reader_free(&reader);
}
