#pragma once
#include "base/buffer.h"

// The text of /etc/hosts in which 127.0.1.1 is `name`, and localhost is known; all other lines stay.
void hosts_with_name(const char *old, const char *name, struct buffer *out);
