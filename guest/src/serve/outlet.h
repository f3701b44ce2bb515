// Bytes for a descriptor that can't take them yet: written when it can.
#pragma once
#include "base/buffer.h"
#include "base/loop.h"

struct outlet {
	struct loop *loop;
	struct watch w;
	struct buffer waiting;
	bool broken; // the reader is gone: all is thrown away
	void (*wrote)(struct outlet *, size_t n); // n bytes written or thrown away
	void (*empty)(struct outlet *); // the last waiting byte has gone; not called for bytes that never waited
};

// The descriptor must be non-blocking; the outlet does not own it. `w.fd` may have another watch elsewhere only by dup.
void outlet_init(struct outlet *o, struct loop *loop, int fd);
void outlet_write(struct outlet *o, const void *bytes, size_t n);
void outlet_close(struct outlet *o); // forgets what waits
