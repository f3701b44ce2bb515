// The head of a yamux frame.
#pragma once
#include "base/bytes.h"
#include <stdbool.h>

enum { FRAME_HEAD = 12, FRAME_MAX = 64 * 1024 };
enum { FRAME_DATA = 0, FRAME_WINDOW = 1, FRAME_PING = 2, FRAME_GO_AWAY = 3 };
enum { FLAG_SYN = 1, FLAG_ACK = 2, FLAG_FIN = 4, FLAG_RST = 8 };

struct frame {
	uint8_t type;
	uint16_t flags;
	uint32_t stream, length;
};

void frame_write(uint8_t at[FRAME_HEAD], struct frame f);
// False where the head breaks a rule that needs no knowledge of the session.
bool frame_read(const uint8_t at[FRAME_HEAD], struct frame *f);
