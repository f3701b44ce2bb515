#include "init/early-clients.h"
#include "base/bytes.h"
#include "base/files.h"
#include "init/relay.h"
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { WAITING_MAX = 128, TRIES = 400, TRY_MS = 5 };

static const struct sockaddr_un place = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/private"};

bool early_clients_listen(struct early_clients *e)
{
	mode_t mask;
	int fd, bound;

	e->listener = e->directory.fd = -1;
	if (!make_dirs("/run/systemd/system"))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mask = umask(0077);
	bound = bind(fd, (const struct sockaddr *)&place, sizeof place);
	umask(mask);
	if (bound != 0 || listen(fd, WAITING_MAX) != 0) {
		close(fd);
		return false;
	}
	e->listener = fd;
	e->directory.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return inotify_add_watch(e->directory.fd, "/run/systemd", IN_CREATE | IN_MOVED_TO) >= 0;
}

static int connect_systemd(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

	if (connect(fd, (const struct sockaddr *)&place, sizeof place) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

// systemd's socket is there; passes on who waits. False: it does not listen yet.
static bool pass_on(struct early_clients *e)
{
	int upstream = connect_systemd(), client;

	if (upstream < 0)
		return false;
	while ((client = accept4(e->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		if (upstream < 0)
			upstream = connect_systemd();
		if (upstream < 0)
			close(client);
		else
			relay_start(e->loop, client, upstream);
		upstream = -1;
	}
	if (upstream >= 0)
		close(upstream);
	close(e->listener);
	loop_watch(e->loop, &e->directory, 0);
	close(e->directory.fd);
	return true;
}

// Between systemd's bind and its listen a connection is refused; that gap has no event of its own.
static void try(struct timer *t)
{
	struct early_clients *e = CONTAINER(t, struct early_clients, again);

	if (!pass_on(e) && ++e->tries < TRIES)
		loop_after(e->loop, t, TRY_MS);
}

static void directory_changed(struct watch *w, uint32_t events)
{
	struct early_clients *e = CONTAINER(w, struct early_clients, directory);
	_Alignas(struct inotify_event) char bytes[4096];
	bool there = false;
	ssize_t n;

	(void)events;
	while ((n = read(w->fd, bytes, sizeof bytes)) > 0)
		for (char *at = bytes; at < bytes + n;) {
			const struct inotify_event *i = (const struct inotify_event *)(const void *)at;

			there |= i->len && !strcmp(i->name, "private");
			at += sizeof *i + i->len;
		}
	if (there && !e->again.armed)
		try(&e->again);
}

void early_clients_serve(struct early_clients *e, struct loop *l)
{
	if (e->listener < 0)
		return;
	e->loop = l;
	e->directory.ready = directory_changed;
	e->again.fire = try;
	loop_watch(l, &e->directory, EPOLLIN);
}
