#include "serve/identity.h"
#include "base/files.h"
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 7, FILE_MAX = 4 << 20 };

// Splits the line at *text at colons and moves on; false at the end of the text.
static bool next_line(const char **text, struct span field[FIELDS], int *count)
{
	const char *at = *text, *end = strchr(at, '\n');

	if (!*at)
		return false;
	if (!end)
		end = at + strlen(at);
	for (*count = 0; *count < FIELDS; ++*count) {
		const char *colon = memchr(at, ':', (size_t)(end - at));
		const char *stop = colon ? colon : end;

		field[*count] = (struct span){(const uint8_t *)at, (size_t)(stop - at)};
		if (!colon) {
			++*count;
			break;
		}
		at = colon + 1;
	}
	*text = *end ? end + 1 : end;
	return true;
}

static bool same(struct span s, const char *text)
{
	return strlen(text) == s.len && !memcmp(s.at, text, s.len);
}

static bool number(struct span s, unsigned *out)
{
	unsigned long v = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		v = v * 10 + (unsigned long)(s.at[i] - '0');
		if (v > 0xfffffffeUL)
			return false;
	}
	*out = (unsigned)v;
	return s.len > 0;
}

static void add_groups(const char *group, struct identity *id)
{
	struct span f[FIELDS];
	int n;

	id->groups[0] = id->gid;
	id->group_count = 1;
	while (id->name && next_line(&group, f, &n)) {
		unsigned gid;

		if (n < 4 || !number(f[2], &gid) || gid == id->gid)
			continue;
		for (struct span rest = f[3]; rest.len && id->group_count < GROUPS_MAX;) {
			const uint8_t *comma = memchr(rest.at, ',', rest.len);
			struct span name = {rest.at, comma ? (size_t)(comma - rest.at) : rest.len};

			if (same(name, id->name)) {
				id->groups[id->group_count++] = gid;
				break;
			}
			rest.at += name.len + (comma != NULL);
			rest.len -= name.len + (comma != NULL);
		}
	}
}

bool identity_parse(const char *passwd, const char *group, const char *who, struct arena *a, struct identity *out)
{
	struct span f[FIELDS], asked = {(const uint8_t *)who, strlen(who)};
	unsigned uid = 0, gid = 0, wanted = 0;
	bool numeric = number(asked, &wanted);
	int n;

	*out = (struct identity){.home = "/", .shell = "/bin/sh"};
	while (next_line(&passwd, f, &n)) {
		if (n < FIELDS || !number(f[2], &uid) || !number(f[3], &gid))
			continue;
		if (!same(f[0], who) && !(numeric && uid == wanted))
			continue;
		out->name = arena_text(a, f[0]);
		if (f[5].len)
			out->home = arena_text(a, f[5]);
		if (f[6].len)
			out->shell = arena_text(a, f[6]);
		out->uid = uid;
		out->gid = gid;
		add_groups(group, out);
		return true;
	}
	if (!numeric && strcmp(who, "root") != 0)
		return false;
	out->uid = wanted;
	if (!wanted) {
		out->name = "root";
		out->home = "/root";
	}
	add_groups(group, out);
	return true;
}

bool identity_find(const char *who, struct arena *a, struct identity *out)
{
	struct buffer passwd = {0}, group = {0};
	bool found;

	if (!file_read("/etc/passwd", &passwd, FILE_MAX))
		buffer_add(&passwd, "", 1);
	if (!file_read("/etc/group", &group, FILE_MAX))
		buffer_add(&group, "", 1);
	found = identity_parse((const char *)buffer_bytes(&passwd), (const char *)buffer_bytes(&group), who, a, out);
	buffer_free(&passwd);
	buffer_free(&group);
	return found;
}
