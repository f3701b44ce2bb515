#pragma once
#include "base/loop.h"

// Passes bytes between two non-blocking sockets, both ways with half-closes, until both have ended. Takes the sockets.
void relay_start(struct loop *l, int a, int b);
