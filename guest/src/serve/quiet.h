// Stream callbacks for a request that is answered later and expects nothing more from the host.
#pragma once
#include "session/stream.h"

void quiet_data(struct stream *st, const uint8_t *at, size_t len); // credited and thrown away
void quiet_event(struct stream *st);
