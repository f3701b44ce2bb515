#include "serve/reply.h"
#include "wire/record.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void send_message(struct stream *st, uint8_t tag, struct span body)
{
	struct buffer b = {0};

	record_put(&b, tag, body.at, body.len);
	stream_send(st, buffer_bytes(&b), buffer_len(&b));
	buffer_free(&b);
}

void send_ok(struct stream *st, const struct buffer *list)
{
	struct span body = {NULL, 0};

	if (list && buffer_len(list))
		body = (struct span){buffer_bytes(list), buffer_len(list)};
	send_message(st, MSG_OK, body);
}

void finish_ok(struct stream *st, const struct buffer *list)
{
	send_ok(st, list);
	stream_finish(st);
}

void finish_error(struct stream *st, const char *code, const char *format, ...)
{
	struct buffer list = {0};
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	record_put_text(&list, 1, code);
	record_put_text(&list, 2, text);
	send_message(st, MSG_ERROR, (struct span){buffer_bytes(&list), buffer_len(&list)});
	buffer_free(&list);
	stream_finish(st);
}

const char *file_error_code(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return DENIED;
	case EISDIR:
	case ENAMETOOLONG:
	case ELOOP:
	case EINVAL:
		return BAD_REQUEST;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EAGAIN:
		return LIMIT;
	default:
		return IO_ERROR;
	}
}
