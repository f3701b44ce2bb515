// Whole directory trees: copied with owners, modes, times, links and extended attributes; removed.
#pragma once
#include <stdbool.h>

bool tree_copy(int from, int to); // the content of one directory into another, which takes on its attributes
bool tree_attributes(int from, int to); // owner, mode, extended attributes and times of a directory
bool tree_remove(int parent, const char *name); // true where nothing of it is left
