#include "init/systemd.h"
#include "base/console.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

// The serial console is the host's log of the boot. systemd would start a login on it, and in an image without udev wait
// a minute and a half for its device.
static void no_console_login(void)
{
	if (symlink("/dev/null", "/run/systemd/system/serial-getty@ttyS0.service") != 0 && errno != EEXIST)
		say("the console's login stays: %s", strerror(errno));
}

void systemd_prepare(struct systemd *s)
{
	if (!early_clients_listen(&s->clients))
		say("/run/systemd/private: %s", strerror(errno));
	no_console_login();
	if (!notify_listen(&s->notify, s->environment, sizeof s->environment))
		say("notifications: %s", strerror(errno));
}

void systemd_serve(struct systemd *s, struct agent *a)
{
	early_clients_serve(&s->clients, &a->loop);
	notify_serve(&s->notify, a);
}
