#include "base/memory.h"
#include "session/mux.h"
#include "session/stream.h"
#include "test.h"

struct seen {
	int opened, fins, gone;
	size_t bytes;
	bool keep_window;
	struct stream *last;
};

static struct seen *seen_by(struct stream *st)
{
	return st->mux->user;
}

static void data(struct stream *st, const uint8_t *at, size_t len)
{
	(void)at;
	seen_by(st)->bytes += len;
	if (!seen_by(st)->keep_window)
		stream_credit(st, len);
}

static void fin(struct stream *st)
{
	seen_by(st)->fins++;
}

static void writable(struct stream *st)
{
	(void)st;
}

static void gone(struct stream *st)
{
	seen_by(st)->gone++;
}

static const struct stream_ops ops = {data, fin, writable, gone};

static void opened(struct stream *st)
{
	st->ops = &ops;
	seen_by(st)->opened++;
	seen_by(st)->last = st;
}

struct fixture {
	struct mux mux;
	struct buffer out;
	struct seen seen;
};

static struct fixture *fixture(void)
{
	struct fixture *f = must_alloc(sizeof *f);

	mux_init(&f->mux, &f->out, opened, &f->seen);
	return f;
}

static void done(struct fixture *f)
{
	mux_drop(&f->mux);
	CHECK(f->mux.count == 0);
	buffer_free(&f->out);
	free(f);
}

static enum mux_state feed(struct fixture *f, uint8_t type, uint16_t flags, uint32_t stream, uint32_t length)
{
	uint8_t head[FRAME_HEAD];
	enum mux_state state;

	frame_write(head, (struct frame){type, flags, stream, length});
	state = mux_feed(&f->mux, head, sizeof head);
	if (type == FRAME_DATA && length && state == MUX_OK) {
		uint8_t *body = must_alloc(length);

		state = mux_feed(&f->mux, body, length);
		free(body);
	}
	return state;
}

// The next frame in the output, which is taken; data payloads are skipped.
static struct frame sent(struct fixture *f)
{
	struct frame frame = {0};

	CHECK(buffer_len(&f->out) >= FRAME_HEAD && frame_read(buffer_bytes(&f->out), &frame));
	buffer_took(&f->out, FRAME_HEAD + (frame.type == FRAME_DATA ? frame.length : 0));
	return frame;
}

TEST(mux_streams_open_carry_and_close)
{
	struct fixture *f = fixture();

	CHECK(feed(f, FRAME_WINDOW, FLAG_SYN, 1, 0) == MUX_OK && f->seen.opened == 1);
	CHECK(sent(f).flags == FLAG_ACK);
	CHECK(feed(f, FRAME_DATA, 0, 1, 100) == MUX_OK && f->seen.bytes == 100);
	stream_send(f->seen.last, "answer", 6);
	CHECK(sent(f).length == 6);
	CHECK(feed(f, FRAME_DATA, FLAG_FIN, 1, 5) == MUX_OK && f->seen.bytes == 105 && f->seen.fins == 1);
	stream_finish(f->seen.last);
	CHECK(sent(f).flags == FLAG_FIN && f->mux.count == 0);
	done(f);
}

TEST(mux_violations_are_told)
{
	static const struct frame bad[] = {
		{FRAME_WINDOW, FLAG_SYN, 2, 0}, // the agent's own number
		{FRAME_WINDOW, FLAG_SYN, 0, 0},
		{FRAME_WINDOW, 0, 99, 0}, // never opened
		{FRAME_DATA, 0, 1, FRAME_MAX + 1},
		{FRAME_WINDOW, FLAG_SYN, 1, 0}, // a second time
		{FRAME_WINDOW, 0, 1, UINT32_MAX},
		{FRAME_PING, FLAG_SYN, 1, 0},
		{4, 0, 0, 0},
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct fixture *f = fixture();

		CHECK(feed(f, FRAME_WINDOW, FLAG_SYN, 1, 0) == MUX_OK);
		CHECK(feed(f, bad[i].type, bad[i].flags, bad[i].stream, bad[i].length) == MUX_VIOLATION);
		done(f);
	}
}

TEST(mux_data_past_the_window_is_a_violation)
{
	struct fixture *f = fixture();
	size_t n = 0;

	f->seen.keep_window = true;
	CHECK(feed(f, FRAME_WINDOW, FLAG_SYN, 1, 0) == MUX_OK);
	while (feed(f, FRAME_DATA, 0, 1, FRAME_MAX) == MUX_OK)
		CHECK(++n <= (WINDOW + WIDE_EXTRA) / FRAME_MAX);
	CHECK(n == (WINDOW + WIDE_EXTRA) / FRAME_MAX);
	done(f);
}

TEST(mux_output_obeys_the_window)
{
	struct fixture *f = fixture();
	static const uint8_t block[300 * 1024];

	CHECK(feed(f, FRAME_WINDOW, FLAG_SYN, 1, 0) == MUX_OK);
	sent(f);
	stream_send(f->seen.last, block, sizeof block);
	CHECK(stream_room(f->seen.last) == 0);
	buffer_clear(&f->out, 0);
	mux_drained(&f->mux);
	buffer_clear(&f->out, 0);
	CHECK(f->seen.last->send_window == 0);
	CHECK(feed(f, FRAME_WINDOW, 0, 1, 1000) == MUX_OK && sent(f).length == 1000);
	CHECK(feed(f, FRAME_WINDOW, 0, 1, WINDOW) == MUX_OK);
	CHECK(sent(f).length == sizeof block - WINDOW - 1000 && stream_room(f->seen.last) > 0);
	done(f);
}

TEST(mux_refuses_more_streams_than_the_limit)
{
	struct fixture *f = fixture();

	for (uint32_t i = 0; i < STREAM_MAX; i++)
		CHECK(feed(f, FRAME_WINDOW, FLAG_SYN, 2 * i + 1, 0) == MUX_OK);
	buffer_clear(&f->out, 0);
	CHECK(feed(f, FRAME_DATA, FLAG_SYN, 2 * STREAM_MAX + 1, 10) == MUX_OK);
	CHECK(sent(f).flags == FLAG_RST && f->seen.opened == STREAM_MAX && f->seen.bytes == 0);
	CHECK(feed(f, FRAME_WINDOW, FLAG_RST, 1, 0) == MUX_OK && f->seen.gone == 1);
	CHECK(feed(f, FRAME_WINDOW, FLAG_SYN, 2 * STREAM_MAX + 3, 0) == MUX_OK && f->seen.opened == STREAM_MAX + 1);
	done(f);
}

TEST(mux_answers_pings_and_hears_go_away)
{
	struct fixture *f = fixture();
	struct frame pong;

	CHECK(feed(f, FRAME_PING, FLAG_SYN, 0, 77) == MUX_OK);
	pong = sent(f);
	CHECK(pong.type == FRAME_PING && pong.flags == FLAG_ACK && pong.length == 77);
	CHECK(feed(f, FRAME_GO_AWAY, 0, 0, 0) == MUX_GO_AWAY);
	done(f);
}

TEST(mux_window_comes_back_as_bytes_are_taken)
{
	struct fixture *f = fixture();
	uint64_t granted = WINDOW, used = 0;

	CHECK(feed(f, FRAME_WINDOW, FLAG_SYN, 1, 0) == MUX_OK);
	for (int i = 0; i < 100; i++) {
		CHECK(feed(f, FRAME_DATA, 0, 1, 50000) == MUX_OK);
		used += 50000;
		while (buffer_len(&f->out))
			granted += sent(f).length;
		CHECK(used <= granted && granted - used <= WINDOW + WIDE_EXTRA);
	}
	done(f);
}
