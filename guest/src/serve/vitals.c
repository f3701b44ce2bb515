#include "serve/vitals.h"
#include "base/files.h"
#include "wire/record.h"
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

// `2.05 … … running/total …` → 205, total.
static void add_load(struct buffer *list, uint32_t *processes)
{
	struct buffer text = {0};
	const char *at = file_read("/proc/loadavg", &text, 256) ? (const char *)buffer_bytes(&text) : "0.00", *slash;
	char *end;
	unsigned long whole = strtoul(at, &end, 10), part = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;

	record_put_u32(list, 3, (uint32_t)(whole * 100 + part));
	slash = strchr(at, '/');
	*processes = slash ? (uint32_t)strtoul(slash + 1, NULL, 10) : 0;
	buffer_free(&text);
}

static uint64_t value_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void add_memory(struct buffer *list)
{
	struct buffer text = {0};
	const char *at = file_read("/proc/meminfo", &text, 4096) ? (const char *)buffer_bytes(&text) : "";

	record_put_u64(list, 4, value_of(at, "MemTotal:"));
	record_put_u64(list, 5, value_of(at, "MemAvailable:"));
	buffer_free(&text);
}

void vitals_list(struct buffer *list)
{
	struct statvfs root = {0};
	uint32_t processes;

	add_load(list, &processes);
	add_memory(list);
	statvfs("/", &root);
	record_put_u64(list, 6, (uint64_t)root.f_blocks * root.f_frsize);
	record_put_u64(list, 7, (uint64_t)root.f_bavail * root.f_frsize);
	record_put_u32(list, 8, processes);
}
