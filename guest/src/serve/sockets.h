// The lines of /proc/net/{tcp,udp}{,6}. Pure.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct open_socket {
	char address[46];
	uint16_t port;
	unsigned state;
	unsigned long inode;
};

// False for a line that tells of no socket (the heading).
bool socket_line(const char *line, bool v6, struct open_socket *out);
