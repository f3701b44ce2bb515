// For where libFuzzer is missing: argv is seconds and seed; changes a few valid-looking inputs at random.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static uint64_t state = 88172645463325252u;

static uint32_t any(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 11) % below;
}

static size_t make(uint8_t *at, size_t max)
{
	size_t len = 0, records = any(12) + 1;

	while (records-- && len + 64 < max) {
		uint32_t n = any(40);
		uint8_t head[] = {(uint8_t)any(14), 0, 0, 0, (uint8_t)n};

		if (any(4) == 0) {
			uint8_t frame[] = {0, 0, (uint8_t)any(3), 0, (uint8_t)any(16), 0, 0, 0, (uint8_t)(any(8) * 2 + 1), 0, 0, 0, (uint8_t)n};

			memcpy(at + len, frame, sizeof frame);
			len += sizeof frame;
		} else {
			memcpy(at + len, head, sizeof head);
			len += sizeof head;
		}
		while (n--)
			at[len++] = (uint8_t)any(256);
	}
	for (uint32_t i = any(6); i && len; i--)
		at[any((uint32_t)len)] = (uint8_t)any(256);
	return len;
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 5);
	unsigned long runs = 0;

	state += argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	for (; time(NULL) < end; runs++) {
		size_t len;
		uint8_t *bytes = malloc(2048);

		len = make(bytes, 2048);
		bytes = realloc(bytes, len ? len : 1);
		LLVMFuzzerTestOneInput(bytes, len);
		free(bytes);
	}
	printf("%lu runs\n", runs);
	return 0;
}
