#include "serve/address.h"
#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

static bool literal(const char *host, uint16_t port, struct address *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->at;

	memset(out, 0, sizeof *out);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		out->len = sizeof *v4;
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		out->len = sizeof *v6;
	}
	return out->len > 0;
}

int addresses_of(const struct dial_request *r, struct address out[ADDRESS_MAX])
{
	if (r->unix_path) {
		struct sockaddr_un *un = (struct sockaddr_un *)&out->at;

		memset(out, 0, sizeof *out);
		if (strlen(r->unix_path) >= sizeof un->sun_path)
			return 0;
		un->sun_family = AF_UNIX;
		strcpy(un->sun_path, r->unix_path);
		out->len = sizeof *un;
		return 1;
	}
	if (!strcmp(r->host, "localhost"))
		return literal("127.0.0.1", r->port, &out[0]) + literal("::1", r->port, &out[1]);
	return literal(r->host, r->port, out);
}
