#include "serve/outlet.h"
#include <errno.h>
#include <unistd.h>

// Writes what the descriptor takes; the count of bytes done with.
static size_t push(struct outlet *o, const uint8_t *at, size_t n)
{
	size_t done = 0;

	while (done < n && !o->broken) {
		ssize_t w = write(o->w.fd, at + done, n - done);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno == EAGAIN)
			return done;
		if (w <= 0)
			o->broken = true;
		else
			done += (size_t)w;
	}
	return n;
}

static void ready(struct watch *w, uint32_t events)
{
	struct outlet *o = CONTAINER(w, struct outlet, w);
	size_t n = push(o, buffer_bytes(&o->waiting), buffer_len(&o->waiting));
	bool empty;

	(void)events;
	buffer_took(&o->waiting, n);
	empty = !buffer_len(&o->waiting);
	if (empty) {
		loop_watch(o->loop, w, 0);
		buffer_free(&o->waiting);
	}
	o->wrote(o, n);
	if (empty)
		o->empty(o);
}

void outlet_init(struct outlet *o, struct loop *loop, int fd)
{
	o->loop = loop;
	o->w = (struct watch){.fd = fd, .ready = ready};
	o->waiting = (struct buffer){0};
	o->broken = false;
}

void outlet_write(struct outlet *o, const void *bytes, size_t n)
{
	size_t done = buffer_len(&o->waiting) ? 0 : push(o, bytes, n);

	if (done < n) {
		buffer_add(&o->waiting, (const uint8_t *)bytes + done, n - done);
		loop_watch(o->loop, &o->w, EPOLLOUT);
	}
	if (done)
		o->wrote(o, done);
}

void outlet_close(struct outlet *o)
{
	loop_watch(o->loop, &o->w, 0);
	buffer_free(&o->waiting);
}
