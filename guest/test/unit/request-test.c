#include "test.h"
#include "wire/record.h"
#include "wire/request.h"

static struct span all(const struct buffer *b)
{
	return (struct span){buffer_bytes(b), buffer_len(b)};
}

TEST(exec_request_is_parsed)
{
	struct buffer b = {0};
	struct arena a = {0};
	struct exec_request r;

	record_put_text(&b, 1, "sh");
	record_put_text(&b, 1, "");
	record_put_text(&b, 2, "A=1");
	record_put_text(&b, 3, "/tmp");
	record_put_text(&b, 4, "nobody");
	record_put(&b, 5, "\0\030\0\120", 4);
	record_put_text(&b, 99, "unknown");
	CHECK(parse_exec(all(&b), &a, &r));
	CHECK(!strcmp(r.argv[0], "sh") && !strcmp(r.argv[1], "") && !r.argv[2]);
	CHECK(!strcmp(r.env[0], "A=1") && !r.env[1] && !strcmp(r.cwd, "/tmp") && !strcmp(r.user, "nobody"));
	CHECK(r.terminal && r.rows == 24 && r.cols == 80 && !r.default_cwd);
	arena_free(&a);
	buffer_free(&b);
}

static bool exec_with(uint8_t tag, const char *bytes, size_t n)
{
	struct buffer b = {0};
	struct arena a = {0};
	struct exec_request r;
	bool ok;

	record_put_text(&b, 1, "sh");
	record_put(&b, tag, bytes, n);
	ok = parse_exec(all(&b), &a, &r);
	arena_free(&a);
	buffer_free(&b);
	return ok;
}

TEST(malformed_exec_requests_are_refused)
{
	struct arena a = {0};
	struct exec_request r;

	CHECK(exec_with(2, "A=", 2));
	CHECK(!exec_with(2, "A", 1));
	CHECK(!exec_with(1, "a\0b", 3));
	CHECK(!exec_with(3, "/\0", 2));
	CHECK(!exec_with(5, "abc", 3));
	CHECK(!parse_exec((struct span){(const uint8_t *)"", 0}, &a, &r));
	arena_free(&a);
}

TEST(dial_request_names_one_place)
{
	struct buffer b = {0};
	struct arena a = {0};
	struct dial_request r;

	record_put_text(&b, 1, "127.0.0.1");
	CHECK(!parse_dial(all(&b), &a, &r));
	record_put_u16(&b, 2, 80);
	CHECK(parse_dial(all(&b), &a, &r) && r.port == 80 && !r.unix_path);
	record_put_text(&b, 3, "/run/x");
	CHECK(!parse_dial(all(&b), &a, &r));
	arena_free(&a);
	buffer_free(&b);
}

TEST(put_request_tells_what_was_given)
{
	struct buffer b = {0};
	struct arena a = {0};
	struct put_request r;

	record_put_text(&b, 1, "/f");
	CHECK(parse_put(all(&b), &a, &r) && !r.has_mode && !r.has_owner && !r.parents);
	record_put_u32(&b, 2, 0755);
	record_put_u32(&b, 3, 7);
	record_put_u8(&b, 5, 1);
	CHECK(parse_put(all(&b), &a, &r) && r.has_mode && r.mode == 0755 && r.has_owner && r.uid == 7 && r.parents);
	record_put_u16(&b, 4, 7);
	CHECK(!parse_put(all(&b), &a, &r));
	arena_free(&a);
	buffer_free(&b);
}
