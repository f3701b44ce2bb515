#include "base/console.h"
#include "base/memory.h"
#include "channel/channel.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/vm_sockets.h>
#include <unistd.h>

struct listener {
	struct watch w;
	struct agent *agent;
};

static void hung_up(struct session *s)
{
	int fd = s->io.fd;

	session_detach(s);
	close(fd);
}

// The newest connection of the host is the session's; anybody else's is closed.
static void incoming(struct watch *w, uint32_t events)
{
	struct listener *l = CONTAINER(w, struct listener, w);
	struct sockaddr_vm from;
	socklen_t len = sizeof from;
	int fd = accept4(w->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	if (from.svm_cid != VMADDR_CID_HOST) {
		close(fd);
		return;
	}
	if (l->agent->session.io.fd >= 0)
		hung_up(&l->agent->session);
	session_attach(&l->agent->session, fd);
}

bool vsock_open(struct agent *a, unsigned port)
{
	struct sockaddr_vm at = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct listener *l;

	if (fd < 0)
		return false;
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 16) != 0) {
		close(fd);
		return false;
	}
	l = must_alloc(sizeof *l);
	*l = (struct listener){{.fd = fd, .ready = incoming}, a};
	a->session.ended = hung_up;
	loop_watch(&a->loop, &l->w, EPOLLIN);
	return true;
}
