#include "config/config.h"
#include "test.h"
#include "wire/record.h"

static void put_list(struct buffer *b, uint8_t tag, struct buffer *list)
{
	record_put(b, tag, buffer_bytes(list), buffer_len(list));
	buffer_free(list);
}

static void minimal(struct buffer *b)
{
	struct buffer root = {0};

	record_put_text(b, 1, "0123456789abcdef");
	record_put_u8(&root, 1, ROOT_DISK);
	record_put_text(&root, 2, "/dev/vda");
	put_list(b, 5, &root);
	record_put_text(b, 12, "vsock:1024");
}

static bool parses(const struct buffer *b, struct arena *a, struct config *c)
{
	const char *why = NULL;
	bool ok = config_parse((struct span){buffer_bytes(b), buffer_len(b)}, a, c, &why);

	CHECK(ok || why);
	return ok;
}

TEST(config_keeps_the_order_of_its_lists)
{
	struct buffer b = {0}, item = {0};
	struct arena a = {0};
	struct config c;

	minimal(&b);
	record_put_text(&b, 4, "one.ko");
	record_put_text(&b, 4, "two.ko");
	record_put_text(&item, 2, "/root");
	record_put_text(&item, 3, "ext4");
	record_put_u8(&item, 5, 3);
	put_list(&b, 6, &item);
	record_put_text(&item, 1, "/etc/x");
	record_put_text(&item, 5, "content");
	put_list(&b, 7, &item);
	record_put(&item, 1, "\1\2\3\4\5\6", 6);
	record_put_text(&item, 2, "10.0.0.2/24");
	put_list(&b, 8, &item);
	record_put_text(&b, 200, "from a newer host");
	CHECK(parses(&b, &a, &c));
	CHECK(!strcmp(c.modules->text, "one.ko") && !strcmp(c.modules->next->text, "two.ko") && !c.modules->next->next);
	CHECK(c.mounts->seed && c.mounts->grow && !c.mounts->optional && !strcmp(c.mounts->device, ""));
	CHECK(c.files->content.len == 7 && c.files->mode == 0644);
	CHECK(c.interfaces->mac[5] == 6 && !c.interfaces->gateway);
	CHECK(!strcmp(c.init, "auto") && c.root_kind == ROOT_DISK);
	arena_free(&a);
	buffer_free(&b);
}

TEST(config_without_its_needs_is_refused)
{
	struct buffer b = {0};
	struct arena a = {0};
	struct config c;

	CHECK(!parses(&b, &a, &c));
	record_put_text(&b, 1, "0123456789abcdef");
	CHECK(!parses(&b, &a, &c));
	buffer_free(&b);
	minimal(&b);
	record_put_text(&b, 1, "short");
	CHECK(!parses(&b, &a, &c));
	arena_free(&a);
	buffer_free(&b);
}

TEST(config_with_a_relative_mount_is_refused)
{
	struct buffer b = {0}, item = {0};
	struct arena a = {0};
	struct config c;

	minimal(&b);
	record_put_text(&item, 2, "root");
	record_put_text(&item, 3, "ext4");
	put_list(&b, 6, &item);
	CHECK(!parses(&b, &a, &c));
	arena_free(&a);
	buffer_free(&b);
}

TEST(config_cut_anywhere_is_no_crash)
{
	struct buffer b = {0};

	minimal(&b);
	record_put_text(&b, 9, "A=b");
	for (size_t n = 0; n < buffer_len(&b); n++) {
		struct arena a = {0};
		struct config c;
		const char *why;
		uint8_t *copy = malloc(n ? n : 1);

		memcpy(copy, buffer_bytes(&b), n);
		config_parse((struct span){copy, n}, &a, &c, &why);
		arena_free(&a);
		free(copy);
	}
	buffer_free(&b);
}
