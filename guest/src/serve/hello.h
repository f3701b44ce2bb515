#pragma once
#include "serve/agent.h"

// What the agent says of itself when a session begins.
void hello_list(struct session *s, struct buffer *into);
