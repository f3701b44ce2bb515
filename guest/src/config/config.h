// The boot configuration, parsed. Pure; texts are copies in the arena, contents point into the input.
#pragma once
#include "base/memory.h"
#include "wire/token.h"
#include <stdbool.h>

struct text_item {
	const char *text;
	struct text_item *next;
};

struct mount_item {
	const char *device, *target, *type, *options;
	bool seed, grow, optional;
	struct mount_item *next;
};

struct file_item {
	const char *path;
	uint32_t mode, uid, gid;
	struct span content;
	bool only_missing;
	struct file_item *next;
};

struct interface_item {
	uint8_t mac[6];
	const char *address, *gateway; // gateway may be NULL
	struct text_item *servers;
	uint16_t mtu; // 0: the device's own
	struct interface_item *next;
};

enum root_kind { ROOT_OVERLAY, ROOT_DISK };

struct config {
	uint8_t token[TOKEN_LEN];
	const char *hostname, *init, *channel; // hostname may be NULL
	uint64_t clock; // ns since 1970, 0 = absent
	struct span entropy;
	struct text_item *modules, *env, *bound;
	size_t env_count;
	uint8_t root_kind;
	const char *root_device, *upper_device;
	struct mount_item *mounts;
	struct file_item *files;
	struct interface_item *interfaces;
};

// False with *why set where the bytes are no configuration. Lists keep their order.
bool config_parse(struct span bytes, struct arena *a, struct config *out, const char **why);
