// The parts of a configuration that are lists themselves. Each appends to its chain; false where malformed.
#pragma once
#include "config/config.h"

bool item_text(struct span s, struct arena *a, const char **out);
bool item_append(struct text_item **chain, struct arena *a, struct span s);
bool item_root(struct span list, struct arena *a, struct config *c);
bool item_mount(struct span list, struct arena *a, struct mount_item **chain);
bool item_file(struct span list, struct arena *a, struct file_item **chain);
bool item_interface(struct span list, struct arena *a, struct interface_item **chain);
