// PORTS: what listens in the guest, and which process it is.
#include "base/files.h"
#include "serve/reply.h"
#include "serve/requests.h"
#include "serve/sockets.h"
#include "wire/record.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORTS_MAX = 4096, LISTENING = 10, UNCONNECTED = 7 };

struct port {
	struct open_socket socket;
	const char *protocol;
	pid_t pid;
};

struct ports {
	struct port *at;
	size_t count;
};

static void read_table(struct ports *all, const char *file, const char *protocol, bool v6, unsigned state)
{
	struct buffer text = {0};

	file_read(file, &text, 8 << 20);
	for (const char *line = (const char *)buffer_bytes(&text); line && *line && all->count < PORTS_MAX;) {
		struct port p = {.protocol = protocol};
		const char *end = strchr(line, '\n');

		if (socket_line(line, v6, &p.socket) && p.socket.state == state)
			all->at[all->count++] = p;
		line = end ? end + 1 : NULL;
	}
	buffer_free(&text);
}

// Gives the process to each port whose socket is among its descriptors.
static void look_at_process(struct ports *all, pid_t pid)
{
	char path[300], target[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		unsigned long inode;
		ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof target - 1);

		target[n > 0 ? n : 0] = 0;
		if (sscanf(target, "socket:[%lu]", &inode) != 1)
			continue;
		for (size_t i = 0; i < all->count; i++)
			if (all->at[i].socket.inode == inode && !all->at[i].pid)
				all->at[i].pid = pid;
	}
	if (d)
		closedir(d);
}

static void find_processes(struct ports *all)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);

		if (pid > 0)
			look_at_process(all, pid);
	}
	if (d)
		closedir(d);
}

static void add_port(struct buffer *list, const struct port *p)
{
	struct buffer item = {0}, name = {0};
	char path[64];

	record_put_text(&item, 1, p->protocol);
	record_put_text(&item, 2, p->socket.address);
	record_put_u16(&item, 3, p->socket.port);
	snprintf(path, sizeof path, "/proc/%d/comm", p->pid);
	if (p->pid && file_read(path, &name, 64)) {
		record_put(&item, 4, buffer_bytes(&name), strcspn((const char *)buffer_bytes(&name), "\n"));
		record_put_u32(&item, 5, (uint32_t)p->pid);
	}
	record_put(list, 1, buffer_bytes(&item), buffer_len(&item));
	buffer_free(&item);
	buffer_free(&name);
}

void start_ports(struct stream *st, struct span body)
{
	struct ports all = {calloc(PORTS_MAX, sizeof(struct port)), 0};
	struct buffer list = {0};

	(void)body;
	if (!all.at) {
		finish_error(st, LIMIT, "no memory");
		return;
	}
	read_table(&all, "/proc/net/tcp", "tcp", false, LISTENING);
	read_table(&all, "/proc/net/tcp6", "tcp", true, LISTENING);
	read_table(&all, "/proc/net/udp", "udp", false, UNCONNECTED);
	read_table(&all, "/proc/net/udp6", "udp", true, UNCONNECTED);
	if (all.count)
		find_processes(&all);
	for (size_t i = 0; i < all.count; i++)
		add_port(&list, &all.at[i]);
	finish_ok(st, &list);
	buffer_free(&list);
	free(all.at);
}
