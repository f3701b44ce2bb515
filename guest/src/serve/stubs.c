#include "serve/requests.h"
#include "serve/reply.h"
void start_file_get(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
void start_file_put(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
void start_health(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
void start_ports(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
void start_dial(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
void start_shutdown(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
void start_clock(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
void start_sync(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
void start_wait_boot(struct stream *st, struct span body) { (void)body; finish_error(st, BAD_REQUEST, "not yet"); }
