#include "serve/power.h"
#include "base/memory.h"
#include <signal.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_MS = 2000, SYNC_EVERY_US = 100000 };

void sync_until_the_end(void)
{
	if (fork() != 0)
		return;
	for (;;) {
		sync();
		usleep(SYNC_EVERY_US);
	}
}

static _Noreturn void reboot_now(void)
{
	kill(-1, SIGKILL);
	sync();
	mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	sync();
	reboot(RB_AUTOBOOT);
	_exit(0);
}

static void grace_over(struct timer *t)
{
	(void)t;
	reboot_now();
}

static void all_ended(struct loop *l)
{
	(void)l;
	reboot_now();
}

void power_down(struct loop *l)
{
	struct timer *grace = must_alloc(sizeof *grace);
	siginfo_t any;

	grace->fire = grace_over;
	loop_after(l, grace, GRACE_MS);
	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	if (getpid() != 1)
		return; // what ends is not ours to see
	l->childless = all_ended;
	if (waitid(P_ALL, 0, &any, WEXITED | WNOHANG | WNOWAIT) != 0)
		reboot_now();
}
