#include "channel/channel.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool channel_open(struct agent *a, const char *name)
{
	if (!strncmp(name, "virtio-serial:", 14))
		return virtio_serial_open(a, name + 14);
	if (!strncmp(name, "vsock:", 6))
		return vsock_open(a, (unsigned)strtoul(name + 6, NULL, 10));
	errno = EINVAL;
	return false;
}
