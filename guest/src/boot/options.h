// The option text of mount(8) → flags of mount(2) and what is left for the file system.
#pragma once

// `data` has room for the options' length and a NUL.
unsigned long mount_flags(const char *options, char *data);
