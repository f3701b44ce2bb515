#include "init/notify.h"
#include "base/bytes.h"
#include "serve/state.h"
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME "banger/notify" // in the abstract namespace: nothing to find or to remove in the guest's tree

bool notify_is_ready(const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		if (n == 7 && !memcmp(text, "READY=1", 7))
			return true;
		text += n + (end != NULL);
		len -= n + (end != NULL);
	}
	return false;
}

bool notify_listen(struct notify *n, char *environment, size_t size)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int on = 1;

	memcpy(at.sun_path + 1, NAME, sizeof NAME - 1);
	n->w.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (n->w.fd < 0 || setsockopt(n->w.fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
	    bind(n->w.fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof NAME)) != 0)
		return false;
	snprintf(environment, size, "NOTIFY_SOCKET=@%s", NAME);
	return true;
}

static void incoming(struct watch *w, uint32_t events)
{
	struct notify *n = CONTAINER(w, struct notify, w);
	char text[2048];
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr aligned;
	} control;
	struct iovec part = {text, sizeof text};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	ssize_t len = recvmsg(w->fd, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = len < 0 ? NULL : CMSG_FIRSTHDR(&m);
	struct ucred from = {0};

	(void)events;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS)
		memcpy(&from, CMSG_DATA(c), sizeof from);
	if (len > 0 && from.pid == 1 && !n->agent->init_ready && notify_is_ready(text, (size_t)len))
		state_ready(n->agent);
}

void notify_serve(struct notify *n, struct agent *a)
{
	n->agent = a;
	n->w.ready = incoming;
	if (n->w.fd >= 0)
		loop_watch(&a->loop, &n->w, EPOLLIN);
}
