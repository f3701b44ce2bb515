// Answers that several requests share.
#pragma once
#include "session/stream.h"
#include "wire/message.h"

#define NOT_FOUND "NOT_FOUND"
#define NOT_EXECUTABLE "NOT_EXECUTABLE"
#define DENIED "DENIED"
#define BAD_REQUEST "BAD_REQUEST"
#define IO_ERROR "IO"
#define REFUSED "REFUSED"
#define LIMIT "LIMIT"

void send_message(struct stream *st, uint8_t tag, struct span body);
void send_ok(struct stream *st, const struct buffer *list); // NULL: an empty list
// These two end the stream.
void finish_ok(struct stream *st, const struct buffer *list);
__attribute__((format(printf, 3, 4))) void finish_error(struct stream *st, const char *code, const char *format, ...);
// The code that fits an errno of a file operation.
const char *file_error_code(int error);
