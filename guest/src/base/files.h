// Small files read and written as a whole.
#pragma once
#include "base/buffer.h"
#include <stdbool.h>
#include <sys/types.h>

// Appends the file's content, at most `max` bytes of it, and a NUL that does not count. False with errno where it can't be opened or read.
bool file_read(const char *path, struct buffer *into, size_t max);
// Writes in place (for /proc and /sys).
bool file_poke(const char *path, const char *text);
// Replaces the file atomically: a temporary file beside it, then a rename.
bool file_replace(const char *path, const void *bytes, size_t n, mode_t mode, uid_t uid, gid_t gid);
// Makes what is missing of the directories above path, owned by uid and gid, mode 0755.
bool make_parents(const char *path, uid_t uid, gid_t gid);
bool make_dirs(const char *path); // path itself included; root's, mode 0755
bool write_all(int fd, const void *bytes, size_t n);
