#include "base/files.h"
#include "boot/boot.h"
#include "boot/tmpfiles.h"
#include "boot/tree.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void empty_tmp(void)
{
	DIR *d = opendir("/tmp");
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			tree_remove(dirfd(d), e->d_name);
	if (d)
		closedir(d);
}

void keep_tmp(void)
{
	struct buffer old = {0}, new = {0};

	// A file of the same name in /etc would win over ours in /run: then its owner has decided.
	if (access("/etc/tmpfiles.d/tmp.conf", F_OK) != 0 && file_read("/usr/lib/tmpfiles.d/tmp.conf", &old, 1 << 16) &&
	    tmpfiles_keep((const char *)buffer_bytes(&old), &new)) {
		empty_tmp();
		if (make_dirs("/run/tmpfiles.d"))
			file_replace("/run/tmpfiles.d/tmp.conf", buffer_bytes(&new), buffer_len(&new), 0644, 0, 0);
	}
	buffer_free(&old);
	buffer_free(&new);
}
