#include "base/files.h"
#include "boot/boot.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 400, TRY_US = 5000 };

static bool by_serial(const char *serial, char *path, size_t size)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		struct buffer text = {0};
		char file[300];
		size_t n = strlen(serial);

		snprintf(file, sizeof file, "/sys/block/%s/serial", entry->d_name);
		if (file_read(file, &text, 256) && buffer_len(&text)) {
			const char *got = (const char *)buffer_bytes(&text);

			found = !strncmp(got, serial, n) && (!got[n] || got[n] == '\n');
		}
		buffer_free(&text);
		if (found)
			found = snprintf(path, size, "/dev/%s", entry->d_name) < (int)size;
	}
	if (dir)
		closedir(dir);
	return found;
}

bool device_path(const char *device, char *path, size_t size)
{
	for (int i = 0; i < TRIES; i++) {
		if (!strncmp(device, "serial:", 7)) {
			if (by_serial(device + 7, path, size))
				return true;
		} else if (!strncmp(device, "/dev/", 5) && snprintf(path, size, "%s", device) < (int)size) {
			if (access(path, F_OK) == 0)
				return true;
		} else {
			return false;
		}
		usleep(TRY_US);
	}
	return false;
}
