#include "boot/tmpfiles.h"
#include <string.h>

// A line `D[!+-=…] /tmp …`: D makes the directory and, at boot, removes what is in it; d only makes it.
static bool empties_tmp(const char *line, size_t n)
{
	size_t type = strcspn(line, " \t\n"), path = type;

	while (path < n && (line[path] == ' ' || line[path] == '\t'))
		path++;
	return type < n && line[0] == 'D' && n - path > 4 && !strncmp(line + path, "/tmp", 4) &&
	       (line[path + 4] == ' ' || line[path + 4] == '\t');
}

bool tmpfiles_keep(const char *text, struct buffer *out)
{
	bool found = false;

	while (*text) {
		size_t n = strcspn(text, "\n");
		bool change = empties_tmp(text, n);

		if (change)
			buffer_add(out, "d", 1);
		buffer_add(out, text + change, n - change);
		buffer_add(out, "\n", 1);
		found |= change;
		text += n + (text[n] == '\n');
	}
	return found;
}
