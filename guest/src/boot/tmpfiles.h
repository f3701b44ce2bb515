#pragma once
#include "base/buffer.h"
#include <stdbool.h>

// Rewrites a tmpfiles.d text so that /tmp is made but not emptied. False where it does not empty /tmp anyway.
bool tmpfiles_keep(const char *text, struct buffer *out);
