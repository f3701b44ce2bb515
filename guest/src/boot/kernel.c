#include "base/console.h"
#include "boot/boot.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <linux/random.h>

enum { MODULE_COMPRESSED = 4 };

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

// What network and channel need, and the mounting of a root does not.
static enum module_lane lane_of(const char *path)
{
	static const char *const network[] = {"failover.", "net_failover.", "virtio_net.", "virtio_console.", "vsock.", "vmw_vsock_"};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < COUNT(network); i++)
		if (!strncmp(name, network[i], strlen(network[i])))
			return MODULES_FOR_NETWORK;
	return MODULES_FOR_ROOT;
}

void load_modules(int initramfs, const struct text_item *modules, enum module_lane lane)
{
	for (; modules; modules = modules->next) {
		const char *path = modules->text;
		int fd, flags = ends_with(path, ".ko") ? 0 : MODULE_COMPRESSED;

		if (lane_of(path) != lane)
			continue;
		while (*path == '/')
			path++;
		fd = openat(initramfs, path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", flags) != 0 && errno != EEXIST))
			say("module %s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
}

void add_entropy(struct span bytes)
{
	struct {
		struct rand_pool_info info;
		uint8_t bytes[512];
	} pool;
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	size_t n = bytes.len < sizeof pool.bytes ? bytes.len : sizeof pool.bytes;

	if (fd < 0)
		return;
	if (n) {
		pool.info.entropy_count = (int)n * 8;
		pool.info.buf_size = (int)n;
		memcpy(pool.info.buf, bytes.at, n);
		if (ioctl(fd, RNDADDENTROPY, &pool) == 0)
			ioctl(fd, RNDRESEEDCRNG, 0);
	}
	close(fd);
}

void set_clock(uint64_t ns)
{
	struct timespec now, then = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};

	clock_gettime(CLOCK_REALTIME, &now);
	if (now.tv_sec < then.tv_sec || (now.tv_sec == then.tv_sec && now.tv_nsec < then.tv_nsec))
		clock_settime(CLOCK_REALTIME, &then);
}
