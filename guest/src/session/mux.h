// yamux: many streams over one byte stream, as the side that only accepts.
#pragma once
#include "base/buffer.h"
#include "wire/frame.h"
#include <stdbool.h>

enum {
	WINDOW = 256 * 1024, // bytes a direction a stream at the start
	STREAM_MAX = 1024,
	WIDE_EXTRA = 768 * 1024, // granted on top to a stream that opens while few others are open: round trips cost speed
	WIDE_MAX = 16, // how many that is; with STREAM_MAX it bounds what a hostile host can make the agent hold
	OUT_SOFT = 256 * 1024, // streams stop adding output when this much waits for the channel
};

struct stream;

struct stream_ops {
	// Bytes from the host. Whoever takes them gives the window back by stream_credit, now or later.
	void (*data)(struct stream *, const uint8_t *, size_t);
	void (*fin)(struct stream *); // the host sends no more
	void (*writable)(struct stream *); // there is room to send again
	void (*gone)(struct stream *); // reset by the host or the session is over: the stream ends with this call
};

struct stream {
	struct mux *mux;
	struct stream *next;
	const struct stream_ops *ops;
	void *user;
	struct buffer backlog; // messages that found no room
	uint32_t id, send_window, recv_window, credit;
	uint32_t give_back; // window is given back in pieces of at least this size
	bool ack_due, fin_in, fin_wanted, fin_out;
};

struct mux {
	struct stream *buckets[64];
	unsigned count;
	uint32_t last_id;
	struct buffer *out;
	void (*opened)(struct stream *); // sets ops and user
	void *user;
	uint8_t head[FRAME_HEAD];
	size_t have;
	uint32_t payload_left;
	struct stream *payload_to; // NULL: thrown away
	bool payload_fin;
};

enum mux_state { MUX_OK, MUX_GO_AWAY, MUX_VIOLATION };

void mux_init(struct mux *m, struct buffer *out, void (*opened)(struct stream *), void *user);
// Takes bytes from the host. After anything but MUX_OK the session must be ended by mux_drop.
enum mux_state mux_feed(struct mux *m, const uint8_t *at, size_t len);
// Ends all streams (each hears `gone`) and forgets the session.
void mux_drop(struct mux *m);
// To be called when the output has drained: streams hear `writable`.
void mux_drained(struct mux *m);

struct stream *mux_find(struct mux *m, uint32_t id); // NULL: ended

// For stream.c.
void mux_frame(struct mux *m, struct frame f);
void mux_remove(struct stream *st);
