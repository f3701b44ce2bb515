#include "base/console.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>

static void line(const char *format, va_list args)
{
	char text[512] = "banger: ";
	int n = 8 + vsnprintf(text + 8, sizeof text - 9, format, args);
	int fd = open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (n > (int)sizeof text - 2)
		n = (int)sizeof text - 2;
	text[n] = '\n';
	if (write(fd < 0 ? 2 : fd, text, (size_t)n + 1) < 0)
		return;
	if (fd >= 0)
		close(fd);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(format, args);
	va_end(args);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	line(format, args);
	va_end(args);
	sync();
	reboot(RB_AUTOBOOT);
	_exit(1);
}
