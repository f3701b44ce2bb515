#include "config/config.h"
#include "config/items.h"
#include "wire/record.h"
#include <string.h>

static bool exactly(struct span s, void *to, size_t n)
{
	if (s.len != n)
		return false;
	memcpy(to, s.at, n);
	return true;
}

static bool field(struct record r, struct arena *a, struct config *c, const char **why)
{
	static const char *const names[] = {NULL, "token", "hostname", "clock", "module", "root", "mount", "file", "interface",
		"environment", "init", "entropy", "channel"};

	*why = r.tag < COUNT(names) ? names[r.tag] : NULL;
	switch (r.tag) {
	case 1:
		return exactly(r.body, c->token, TOKEN_LEN);
	case 2:
		return item_text(r.body, a, &c->hostname) && strlen(c->hostname) <= 64;
	case 3:
		return span_u64(r.body, &c->clock);
	case 4:
		return item_append(&c->modules, a, r.body);
	case 5:
		return item_root(r.body, a, c);
	case 6:
		return item_mount(r.body, a, &c->mounts);
	case 7:
		return item_file(r.body, a, &c->files);
	case 8:
		return item_interface(r.body, a, &c->interfaces);
	case 9:
		c->env_count++;
		return r.body.len && memchr(r.body.at, '=', r.body.len) && item_append(&c->env, a, r.body);
	case 10:
		return item_text(r.body, a, &c->init) && *c->init;
	case 11:
		c->entropy = r.body;
		return true;
	case 12:
		return item_text(r.body, a, &c->channel);
	default:
		return true;
	}
}

bool config_parse(struct span bytes, struct arena *a, struct config *out, const char **why)
{
	bool token = false;
	struct record r;
	int got;

	*out = (struct config){.init = "auto"};
	while ((got = record_next(&bytes, &r)) > 0) {
		if (!field(r, a, out, why))
			return false;
		token |= r.tag == 1;
	}
	*why = got < 0 ? "a record runs past the end" : !token ? "no token" : !out->root_device ? "no root" : "no channel";
	return got == 0 && token && out->root_device && out->channel;
}
