// The host's bytes, cut into pieces by the input itself: token scan, frames, messages and request parsers. What a request
// would do is left out.
#include "base/memory.h"
#include "serve/address.h"
#include "session/mux.h"
#include "session/stream.h"
#include "wire/message.h"
#include "wire/request.h"
#include "wire/token.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void parse(const struct message *m)
{
	struct arena a = {0};
	struct exec_request exec;
	struct put_request put;
	struct dial_request dial;
	struct address to[ADDRESS_MAX];
	const char *path;

	parse_exec(m->body, &a, &exec);
	parse_get(m->body, &a, &path);
	parse_put(m->body, &a, &put);
	if (parse_dial(m->body, &a, &dial))
		addresses_of(&dial, to);
	arena_free(&a);
}

static void release(struct stream *st)
{
	message_reader_free(st->user);
	free(st->user);
}

static void data(struct stream *st, const uint8_t *at, size_t len)
{
	struct span in = {at, len};
	struct message m;
	enum message_state state;

	stream_credit(st, len);
	while ((state = message_read(st->user, &in, &m)) != MESSAGE_MORE) {
		if (state == MESSAGE_BAD) {
			release(st);
			stream_reset(st);
			return;
		}
		parse(&m);
		stream_send(st, m.body.at, m.body.len);
	}
}

static void fin(struct stream *st)
{
	release(st);
	stream_finish(st);
}

static void writable(struct stream *st)
{
	(void)st;
}

static const struct stream_ops ops = {data, fin, writable, release};

static void opened(struct stream *st)
{
	st->ops = &ops;
	st->user = must_alloc(sizeof(struct message_reader));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const uint8_t token[TOKEN_LEN] = "0123456789abcde";
	struct token_scan scan;
	struct buffer out = {0};
	struct mux mux;

	token_init(&scan, token);
	mux_init(&mux, &out, opened, NULL);
	while (len > 1) {
		size_t n = bytes[0] ? bytes[0] : len - 1;

		bytes++;
		len--;
		if (n > len)
			n = len;
		if (token_find(&scan, bytes, n) || mux_feed(&mux, bytes, n) != MUX_OK)
			mux_drop(&mux);
		buffer_clear(&out, 1 << 20);
		mux_drained(&mux);
		bytes += n;
		len -= n;
	}
	mux_drop(&mux);
	buffer_free(&out);
	return 0;
}
