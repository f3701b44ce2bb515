#include "base/files.h"
#include "boot/boot.h"
#include "boot/hosts.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void write_hosts(const char *hostname)
{
	struct buffer old = {0}, new = {0};

	file_read("/etc/hosts", &old, 1 << 20);
	hosts_with_name(buffer_len(&old) ? (const char *)buffer_bytes(&old) : "", hostname, &new);
	file_replace("/etc/hosts", buffer_bytes(&new), buffer_len(&new), 0644, 0, 0);
	buffer_free(&old);
	buffer_free(&new);
}

static void write_resolvers(const struct interface_item *interfaces)
{
	struct buffer text = {0};
	char line[128];

	for (; interfaces; interfaces = interfaces->next)
		for (const struct text_item *t = interfaces->servers; t; t = t->next) {
			int n = snprintf(line, sizeof line, "nameserver %.64s\n", t->text);

			buffer_add(&text, line, (size_t)n);
		}
	if (buffer_len(&text))
		file_replace("/etc/resolv.conf", buffer_bytes(&text), buffer_len(&text), 0644, 0, 0);
	buffer_free(&text);
}

void write_names(const struct config *c)
{
	char line[80];

	if (c->hostname && *c->hostname) {
		int n = snprintf(line, sizeof line, "%.64s\n", c->hostname);

		sethostname(c->hostname, strlen(c->hostname));
		make_dirs("/etc");
		file_replace("/etc/hostname", line, (size_t)n, 0644, 0, 0);
		write_hosts(c->hostname);
	}
	write_resolvers(c->interfaces);
}
