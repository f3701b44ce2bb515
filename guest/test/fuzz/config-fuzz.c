#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena a = {0};
	struct config c;
	const char *why;

	config_parse((struct span){bytes, len}, &a, &c, &why);
	arena_free(&a);
	return 0;
}
