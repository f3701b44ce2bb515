// One starter a request: it answers on the stream, at once or later. The body is valid during the call only.
#pragma once
#include "session/stream.h"

void start_exec(struct stream *st, struct span body);
void start_file_get(struct stream *st, struct span body);
void start_file_put(struct stream *st, struct span body);
void start_health(struct stream *st, struct span body);
void start_ports(struct stream *st, struct span body);
void start_dial(struct stream *st, struct span body);
void start_shutdown(struct stream *st, struct span body);
void start_sync(struct stream *st, struct span body);
void start_clock(struct stream *st, struct span body);
void start_wait_boot(struct stream *st, struct span body);
void start_watch_listening(struct stream *st, struct span body);
