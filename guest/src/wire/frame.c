#include "wire/frame.h"

void frame_write(uint8_t at[FRAME_HEAD], struct frame f)
{
	at[0] = 0;
	at[1] = f.type;
	put_be16(at + 2, f.flags);
	put_be32(at + 4, f.stream);
	put_be32(at + 8, f.length);
}

bool frame_read(const uint8_t at[FRAME_HEAD], struct frame *f)
{
	f->type = at[1];
	f->flags = be16(at + 2);
	f->stream = be32(at + 4);
	f->length = be32(at + 8);
	if (at[0] != 0 || f->type > FRAME_GO_AWAY)
		return false;
	if (f->type == FRAME_DATA && f->length > FRAME_MAX)
		return false;
	if (f->type <= FRAME_WINDOW)
		return f->stream % 2 == 1;
	return f->stream == 0;
}
