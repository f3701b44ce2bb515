// Where a DIAL goes. Names other than localhost are not looked up: the agent has no resolver.
#pragma once
#include "wire/request.h"
#include <sys/socket.h>

enum { ADDRESS_MAX = 2 };

struct address {
	struct sockaddr_storage at;
	socklen_t len;
};

// The addresses to try, in order; 0 where the request names none.
int addresses_of(const struct dial_request *r, struct address out[ADDRESS_MAX]);
