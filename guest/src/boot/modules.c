#include "base/console.h"
#include "boot/boot.h"
#include "boot/module-image.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// Without its signature: checking one takes the kernel 10 ms under emulation, and the initramfs is the host's own.
static bool load_unsigned(int fd)
{
	struct stat s;
	void *file = fstat(fd, &s) == 0 && s.st_size > 0 ? mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	bool ok;

	if (file == MAP_FAILED)
		return false;
	ok = syscall(SYS_init_module, file, module_unsigned_length(file, (size_t)s.st_size), "") == 0 || errno == EEXIST;
	munmap(file, (size_t)s.st_size);
	return ok;
}

// As it is: for a kernel that insists on signatures, and for compressed files, which it unpacks itself.
static bool load_whole(int fd, int flags)
{
	return syscall(SYS_finit_module, fd, "", flags) == 0 || errno == EEXIST;
}

static bool load(int initramfs, const char *path)
{
	bool plain = ends_with(path, ".ko"), ok;
	int fd = openat(initramfs, path, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		return false;
	ok = (plain && load_unsigned(fd)) || load_whole(fd, plain ? 0 : MODULE_COMPRESSED);
	error = errno;
	close(fd);
	errno = error;
	return ok;
}

void load_modules(int initramfs, const struct text_item *modules, enum module_lane lane)
{
	for (; modules; modules = modules->next) {
		const char *path = modules->text;

		if (lane_of(path) != lane)
			continue;
		while (*path == '/')
			path++;
		if (!load(initramfs, path))
			say("module %s: %s", path, strerror(errno));
	}
}
