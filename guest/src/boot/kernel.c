#include "boot/boot.h"
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <linux/random.h>

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
