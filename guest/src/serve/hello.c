#include "serve/hello.h"
#include "base/files.h"
#include "base/step.h"
#include "wire/record.h"
#include <string.h>

#define AGENT_VERSION "1"

void hello_list(struct session *s, struct buffer *into)
{
	const struct agent *a = s->mux.user;
	struct buffer id = {0};

	steps_done();
	file_read("/proc/sys/kernel/random/boot_id", &id, 64);
	record_put_text(into, 1, AGENT_VERSION);
	record_put(into, 2, buffer_bytes(&id), strcspn((const char *)buffer_bytes(&id), "\n"));
	record_put_u64(into, 3, now_ms());
	record_put_u8(into, 4, a->init != INIT_NONE);
	buffer_free(&id);
}
