#include "boot/hosts.h"
#include <stdbool.h>
#include <string.h>

static void add(struct buffer *out, const char *text)
{
	buffer_add(out, text, strlen(text));
}

void hosts_with_name(const char *old, const char *name, struct buffer *out)
{
	if (!strstr(old, "localhost"))
		add(out, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	while (*old) {
		size_t n = strcspn(old, "\n");
		bool ours = !strncmp(old, "127.0.1.1", 9) && (old[9] == ' ' || old[9] == '\t');

		if (!ours) {
			buffer_add(out, old, n);
			add(out, "\n");
		}
		old += n + (old[n] == '\n');
	}
	add(out, "127.0.1.1\t");
	add(out, name);
	add(out, "\n");
}
