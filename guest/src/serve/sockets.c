#include "serve/sockets.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool socket_line(const char *line, bool v6, struct open_socket *out)
{
	uint32_t words[4] = {0};
	unsigned port;
	char host[33];

	// sl local:port remote:port state queues timer retransmits uid timeout inode
	if (sscanf(line, " %*u: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", host, &port, &out->state,
		   &out->inode) != 4 ||
	    strlen(host) != (v6 ? 32 : 8))
		return false;
	for (int i = 0; i < (v6 ? 4 : 1); i++)
		if (sscanf(host + 8 * i, "%8x", &words[i]) != 1)
			return false;
	out->port = (uint16_t)port;
	return inet_ntop(v6 ? AF_INET6 : AF_INET, words, out->address, sizeof out->address) != NULL;
}
