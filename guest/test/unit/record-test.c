#include "test.h"
#include "wire/record.h"

TEST(record_round_trip)
{
	struct buffer b = {0};
	struct span list;
	struct record r;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	record_put_u8(&b, 1, 0xab);
	record_put_u16(&b, 2, 0xabcd);
	record_put_u32(&b, 3, 0xdeadbeef);
	record_put_u64(&b, 4, 0x0123456789abcdef);
	record_put_text(&b, 5, "text");
	list = (struct span){buffer_bytes(&b), buffer_len(&b)};
	CHECK(record_next(&list, &r) == 1 && r.tag == 1 && span_u8(r.body, &u8) && u8 == 0xab);
	CHECK(record_next(&list, &r) == 1 && r.tag == 2 && span_u16(r.body, &u16) && u16 == 0xabcd);
	CHECK(record_next(&list, &r) == 1 && r.tag == 3 && span_u32(r.body, &u32) && u32 == 0xdeadbeef);
	CHECK(record_next(&list, &r) == 1 && r.tag == 4 && span_u64(r.body, &u64) && u64 == 0x0123456789abcdef);
	CHECK(record_next(&list, &r) == 1 && r.tag == 5 && r.body.len == 4 && !memcmp(r.body.at, "text", 4));
	CHECK(record_next(&list, &r) == 0);
	buffer_free(&b);
}

TEST(record_past_its_list_is_refused)
{
	const uint8_t bytes[] = {1, 0, 0, 0, 3, 'a', 'b'};
	struct record r;

	for (size_t n = 1; n <= sizeof bytes; n++) {
		struct span list = {bytes, n};

		CHECK(record_next(&list, &r) == -1);
	}
}

TEST(record_of_the_greatest_length_is_refused)
{
	const uint8_t bytes[] = {1, 0xff, 0xff, 0xff, 0xff, 0};
	struct span list = {bytes, sizeof bytes};
	struct record r;

	CHECK(record_next(&list, &r) == -1);
}

TEST(integers_of_another_width_are_refused)
{
	const uint8_t bytes[9] = {0};
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	CHECK(!span_u8((struct span){bytes, 2}, &u8) && !span_u16((struct span){bytes, 1}, &u16));
	CHECK(!span_u32((struct span){bytes, 8}, &u32) && !span_u64((struct span){bytes, 9}, &u64));
	CHECK(!span_u8((struct span){bytes, 0}, &u8));
}

TEST(buffer_keeps_order_while_it_moves)
{
	struct buffer b = {0};
	uint8_t in = 0, out = 0;

	for (int round = 0; round < 2000; round++) {
		for (int i = 0; i < 37; i++)
			buffer_add(&b, &(uint8_t){in++}, 1);
		for (int i = 0; i < 31; i++) {
			CHECK(*buffer_bytes(&b) == out++);
			buffer_took(&b, 1);
		}
	}
	CHECK(buffer_len(&b) == 2000 * 6);
	buffer_free(&b);
}
