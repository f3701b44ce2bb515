// What the boot is at, for the console of a guest that hangs: said once when it takes 10 s and once more after a minute.
#pragma once

void step(const char *name); // a literal; from the first call on, time runs
void steps_done(void);
