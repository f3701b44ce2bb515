#pragma once
#include <stddef.h>
#include <stdint.h>

// The length of a kernel module's file without the signature that is appended to it; the whole where there is none.
size_t module_unsigned_length(const uint8_t *file, size_t len);
