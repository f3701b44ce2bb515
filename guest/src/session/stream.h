// What a request's handler does with its stream.
#pragma once
#include "session/mux.h"

// How many payload bytes a frame could carry now; 0 while earlier messages wait.
size_t stream_room(const struct stream *st);
// Where n (≤ stream_room) payload bytes may be put; sent by stream_commit with as many or fewer.
uint8_t *stream_reserve(struct stream *st, size_t n);
void stream_commit(struct stream *st, size_t n);
// Sends a whole message; what finds no room waits in the backlog. For answers, not for bulk.
void stream_send(struct stream *st, const void *bytes, size_t n);
// Gives n bytes of window back to the host.
void stream_credit(struct stream *st, size_t n);
// Half-close: FIN once what waits is sent; the handler goes on hearing the host.
void stream_close_out(struct stream *st);
// The handler is done: sends what waits, then FIN; what the host still sends is dropped. Call it last.
void stream_finish(struct stream *st);
void stream_reset(struct stream *st); // RST; the stream ends with this call and hears nothing more

// For mux.c.
void stream_gone(struct stream *st);
void stream_heard_fin(struct stream *st);
void stream_window(struct stream *st, uint32_t more);
void stream_flush(struct stream *st);
