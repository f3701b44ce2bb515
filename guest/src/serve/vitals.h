#pragma once
#include "base/buffer.h"

// Records 3 to 8 of HEALTH's answer: load, memory, root disk, processes.
void vitals_list(struct buffer *list);
