// The agent's serving part as an ordinary process: argv is a socket's path, the token in hex, and NAME=VALUE entries of
// the configuration's environment. One connection; a new one after it has ended.
#include "base/bytes.h"
#include "serve/agent.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct agent agent;
static struct watch listener;

static void ended(struct session *s)
{
	int fd = s->io.fd;

	session_detach(s);
	close(fd);
}

static void incoming(struct watch *w, uint32_t events)
{
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	if (agent.session.io.fd >= 0)
		ended(&agent.session);
	session_attach(&agent.session, fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	uint8_t token[TOKEN_LEN];

	if (argc < 3 || snprintf(at.sun_path, sizeof at.sun_path, "%s.new", argv[1]) >= (int)sizeof at.sun_path)
		return 2;
	for (size_t i = 0; i < TOKEN_LEN; i++) {
		char hex[3] = {argv[2][2 * i], argv[2][2 * i + 1], 0};

		token[i] = (uint8_t)strtoul(hex, NULL, 16);
	}
	agent.env = (const char *const *)argv + 3;
	listener = (struct watch){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .ready = incoming};
	if (bind(listener.fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener.fd, 4) != 0 || !agent_open(&agent, token))
		return 1;
	// Whoever sees the socket can connect to it.
	if (rename(at.sun_path, argv[1]) != 0)
		return 1;
	agent.session.ended = ended;
	loop_watch(&agent.loop, &listener, EPOLLIN);
	loop_run(&agent.loop);
	return 0;
}
