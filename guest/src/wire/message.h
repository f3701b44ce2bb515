// The messages of a stream: their tags, and a reader for bytes that arrive in pieces.
#pragma once
#include "base/buffer.h"
#include <stdbool.h>

enum { MESSAGE_MAX = 1 << 20 };

enum message_tag {
	MSG_EXEC = 0x01,
	MSG_FILE_GET = 0x02,
	MSG_FILE_PUT = 0x03,
	MSG_HEALTH = 0x04,
	MSG_PORTS = 0x05,
	MSG_DIAL = 0x06,
	MSG_SHUTDOWN = 0x07,
	MSG_SYNC = 0x08,
	MSG_CLOCK = 0x09,
	MSG_WAIT_BOOT = 0x0a,
	MSG_WATCH_LISTENING = 0x0b,
	MSG_STDIN = 0x10,
	MSG_STDIN_EOF = 0x11,
	MSG_RESIZE = 0x12,
	MSG_SIGNAL = 0x13,
	MSG_DATA = 0x20,
	MSG_END = 0x21,
	MSG_STARTED = 0x81,
	MSG_STDOUT = 0x82,
	MSG_STDERR = 0x83,
	MSG_EXIT = 0x84,
	MSG_OK = 0x85,
	MSG_LISTENING = 0x86,
	MSG_ERROR = 0xff,
};

struct message_reader {
	uint8_t head[5];
	size_t have; // bytes of head seen
	size_t left; // bytes of the body still to come
	struct buffer body;
};

enum message_state {
	MESSAGE_MORE, // the input is used up
	MESSAGE_WHOLE, // one message: tag and all of its body
	MESSAGE_PART, // some bytes of a STDIN or DATA message, which are handed on as they come
	MESSAGE_BAD, // too long
};

struct message {
	uint8_t tag;
	struct span body; // valid until the next call
};

// Takes bytes off `in`. Call until MESSAGE_MORE.
enum message_state message_read(struct message_reader *r, struct span *in, struct message *out);
void message_reader_free(struct message_reader *r);
