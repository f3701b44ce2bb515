// The machine's end.
#pragma once
#include "base/loop.h"

// Starts a process that syncs again and again, so that what is written last is on the disk when the machine goes.
void sync_until_the_end(void);
// Ends every process (first by TERM, then by KILL), syncs, and reboots.
void power_down(struct loop *l);
