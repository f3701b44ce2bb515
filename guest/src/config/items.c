#include "config/items.h"
#include "wire/record.h"
#include <string.h>

#define APPEND(chain, item)                    \
	do {                                   \
		while (*(chain))               \
			(chain) = &(*(chain))->next; \
		*(chain) = (item);             \
	} while (0)

bool item_text(struct span s, struct arena *a, const char **out)
{
	*out = arena_text(a, s);
	return *out != NULL;
}

bool item_append(struct text_item **chain, struct arena *a, struct span s)
{
	struct text_item *t = arena_alloc(a, sizeof *t);

	APPEND(chain, t);
	return item_text(s, a, &t->text);
}

bool item_root(struct span list, struct arena *a, struct config *c)
{
	bool ok = true;
	struct record r;
	int got;

	while (ok && (got = record_next(&list, &r)) != 0) {
		if (got < 0)
			return false;
		if (r.tag == 1)
			ok = span_u8(r.body, &c->root_kind) && c->root_kind <= ROOT_DISK;
		else if (r.tag == 2)
			ok = item_text(r.body, a, &c->root_device);
		else if (r.tag == 3)
			ok = item_text(r.body, a, &c->upper_device);
		else if (r.tag == 4)
			ok = r.body.len && r.body.at[0] == '/' && item_append(&c->bound, a, r.body);
	}
	return ok && c->root_device && (c->root_kind == ROOT_DISK || c->upper_device);
}

bool item_mount(struct span list, struct arena *a, struct mount_item **chain)
{
	struct mount_item *m = arena_alloc(a, sizeof *m);
	bool ok = true;
	uint8_t flags = 0;
	struct record r;
	int got;

	*m = (struct mount_item){.device = "", .options = ""};
	APPEND(chain, m);
	while (ok && (got = record_next(&list, &r)) != 0) {
		if (got < 0)
			return false;
		if (r.tag == 1)
			ok = item_text(r.body, a, &m->device);
		else if (r.tag == 2)
			ok = item_text(r.body, a, &m->target);
		else if (r.tag == 3)
			ok = item_text(r.body, a, &m->type);
		else if (r.tag == 4)
			ok = item_text(r.body, a, &m->options);
		else if (r.tag == 5)
			ok = span_u8(r.body, &flags);
	}
	m->seed = flags & 1;
	m->grow = flags & 2;
	m->optional = flags & 4;
	return ok && m->target && m->target[0] == '/' && m->type && *m->type;
}

bool item_file(struct span list, struct arena *a, struct file_item **chain)
{
	struct file_item *f = arena_alloc(a, sizeof *f);
	bool ok = true;
	uint8_t flags = 0;
	struct record r;
	int got;

	*f = (struct file_item){.mode = 0644};
	APPEND(chain, f);
	while (ok && (got = record_next(&list, &r)) != 0) {
		if (got < 0)
			return false;
		if (r.tag == 1)
			ok = item_text(r.body, a, &f->path);
		else if (r.tag == 2)
			ok = span_u32(r.body, &f->mode);
		else if (r.tag == 3)
			ok = span_u32(r.body, &f->uid);
		else if (r.tag == 4)
			ok = span_u32(r.body, &f->gid);
		else if (r.tag == 5)
			f->content = r.body;
		else if (r.tag == 6)
			ok = span_u8(r.body, &flags);
	}
	f->only_missing = flags & 1;
	return ok && f->path && f->path[0] == '/';
}

bool item_interface(struct span list, struct arena *a, struct interface_item **chain)
{
	struct interface_item *i = arena_alloc(a, sizeof *i);
	bool ok = true, mac = false;
	struct record r;
	int got;

	APPEND(chain, i);
	while (ok && (got = record_next(&list, &r)) != 0) {
		if (got < 0)
			return false;
		if (r.tag == 1) {
			ok = mac = r.body.len == sizeof i->mac;
			if (ok)
				memcpy(i->mac, r.body.at, sizeof i->mac);
		} else if (r.tag == 2) {
			ok = item_text(r.body, a, &i->address);
		} else if (r.tag == 3) {
			ok = item_text(r.body, a, &i->gateway);
		} else if (r.tag == 4) {
			ok = item_append(&i->servers, a, r.body);
		} else if (r.tag == 5) {
			ok = span_u16(r.body, &i->mtu);
		}
	}
	return ok && mac;
}
