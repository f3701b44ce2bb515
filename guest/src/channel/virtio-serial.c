#include "base/files.h"
#include "channel/channel.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 400, TRY_US = 5000 };

static int open_port(const char *name)
{
	DIR *d = opendir("/sys/class/virtio-ports");
	struct dirent *e;
	char path[300];
	int fd = -1;

	while (d && fd < 0 && (e = readdir(d))) {
		struct buffer text = {0};
		size_t n = strlen(name);

		snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", e->d_name);
		if (file_read(path, &text, 256)) {
			const char *got = (const char *)buffer_bytes(&text);

			snprintf(path, sizeof path, "/dev/%s", e->d_name);
			if (!strncmp(got, name, n) && (!got[n] || got[n] == '\n'))
				fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
		buffer_free(&text);
	}
	if (d)
		closedir(d);
	return fd;
}

bool virtio_serial_open(struct agent *a, const char *port)
{
	int fd = open_port(port);

	// The port's name arrives by a message of the device, a moment after its module has been loaded.
	for (int i = 0; fd < 0 && i < TRIES; i++) {
		usleep(TRY_US);
		fd = open_port(port);
	}
	if (fd < 0)
		return false;
	session_attach(&a->session, fd);
	return true;
}
