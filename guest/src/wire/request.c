#include "wire/request.h"
#include "wire/record.h"
#include <string.h>

static size_t count_tag(struct span list, uint8_t tag)
{
	struct record r;
	size_t n = 0;

	while (record_next(&list, &r) > 0)
		n += r.tag == tag;
	return n;
}

static bool put_text(struct arena *a, struct span s, const char **out)
{
	*out = arena_text(a, s);
	return *out != NULL;
}

static bool exec_field(struct record r, struct arena *a, struct exec_request *out, size_t *args, size_t *envs)
{
	switch (r.tag) {
	case 1:
		return (out->argv[(*args)++] = arena_text(a, r.body)) != NULL;
	case 2:
		if (!memchr(r.body.at, '=', r.body.len))
			return false;
		return (out->env[(*envs)++] = arena_text(a, r.body)) != NULL;
	case 3:
		return put_text(a, r.body, &out->cwd);
	case 4:
		return put_text(a, r.body, &out->user);
	case 5:
		if (r.body.len != 4)
			return false;
		out->terminal = true;
		out->rows = be16(r.body.at);
		out->cols = be16(r.body.at + 2);
		return true;
	case 6:
		return put_text(a, r.body, &out->default_cwd);
	default:
		return true;
	}
}

bool parse_exec(struct span body, struct arena *a, struct exec_request *out)
{
	size_t args = 0, envs = 0;
	struct record r;
	int got;

	*out = (struct exec_request){0};
	out->argv = arena_alloc(a, (count_tag(body, 1) + 1) * sizeof(char *));
	out->env = arena_alloc(a, (count_tag(body, 2) + 1) * sizeof(char *));
	while ((got = record_next(&body, &r)) > 0)
		if (!exec_field(r, a, out, &args, &envs))
			return false;
	return got == 0 && args > 0 && out->argv[0][0];
}

bool parse_get(struct span body, struct arena *a, const char **path)
{
	struct record r;
	int got;

	*path = NULL;
	while ((got = record_next(&body, &r)) > 0)
		if (r.tag == 1 && !put_text(a, r.body, path))
			return false;
	return got == 0 && *path && **path;
}

static bool put_field(struct record r, struct arena *a, struct put_request *out)
{
	uint8_t flags = 0;

	switch (r.tag) {
	case 1:
		return put_text(a, r.body, &out->path);
	case 2:
		out->has_mode = true;
		return span_u32(r.body, &out->mode);
	case 3:
		out->has_owner = true;
		return span_u32(r.body, &out->uid);
	case 4:
		out->has_owner = true;
		return span_u32(r.body, &out->gid);
	case 5:
		if (!span_u8(r.body, &flags))
			return false;
		out->parents = flags & 1;
		return true;
	default:
		return true;
	}
}

bool parse_put(struct span body, struct arena *a, struct put_request *out)
{
	struct record r;
	int got;

	*out = (struct put_request){0};
	while ((got = record_next(&body, &r)) > 0)
		if (!put_field(r, a, out))
			return false;
	return got == 0 && out->path && *out->path;
}

bool parse_dial(struct span body, struct arena *a, struct dial_request *out)
{
	bool has_port = false;
	struct record r;
	int got;

	*out = (struct dial_request){0};
	while ((got = record_next(&body, &r)) > 0) {
		if (r.tag == 1 && !put_text(a, r.body, &out->host))
			return false;
		if (r.tag == 2 && !(has_port = span_u16(r.body, &out->port)))
			return false;
		if (r.tag == 3 && !put_text(a, r.body, &out->unix_path))
			return false;
	}
	return got == 0 && (out->unix_path ? !out->host && *out->unix_path : out->host && has_port);
}
