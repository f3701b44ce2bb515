#include "base/bytes.h"
#include "boot/boot.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RESIZE_EXT4 _IOW('f', 16, uint64_t)

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

// Blocks that the device has room for beyond the file system's count, from the ext4 superblock.
static bool wanted_blocks(const char *device, uint64_t *want)
{
	uint8_t super[1024];
	uint64_t bytes = 0, has;
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && pread(fd, super, sizeof super, 1024) == sizeof super && ioctl(fd, BLKGETSIZE64, &bytes) == 0;

	if (fd >= 0)
		close(fd);
	if (!ok || super[0x38] != 0x53 || super[0x39] != 0xef || le32(super + 0x18) > 6)
		return false;
	has = le32(super + 4);
	if (le32(super + 0x60) & 0x80) // 64-bit block counts
		has |= (uint64_t)le32(super + 0x150) << 32;
	*want = bytes / (1024U << le32(super + 0x18));
	if (*want <= has)
		*want = 0;
	return true;
}

bool grow_ext4(const char *device, const char *path)
{
	uint64_t want;
	int fd;
	bool ok;

	if (!wanted_blocks(device, &want))
		return false;
	if (!want)
		return true;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && ioctl(fd, RESIZE_EXT4, &want) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}
