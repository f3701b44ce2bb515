#include "wire/message.h"

static bool handed_on(uint8_t tag)
{
	return tag == MSG_STDIN || tag == MSG_DATA;
}

static struct span take(struct span *in, size_t most)
{
	struct span s = {in->at, in->len < most ? in->len : most};

	in->at += s.len;
	in->len -= s.len;
	return s;
}

enum message_state message_read(struct message_reader *r, struct span *in, struct message *out)
{
	while (r->have < sizeof r->head) {
		if (!in->len)
			return MESSAGE_MORE;
		r->head[r->have++] = *take(in, 1).at;
		if (r->have < sizeof r->head)
			continue;
		r->left = be32(r->head + 1);
		buffer_clear(&r->body, 64 * 1024);
		if (r->left > MESSAGE_MAX)
			return MESSAGE_BAD;
	}
	out->tag = r->head[0];
	if (handed_on(out->tag)) {
		if (!in->len && r->left)
			return MESSAGE_MORE;
		out->body = take(in, r->left);
		r->left -= out->body.len;
		if (!r->left)
			r->have = 0;
		return MESSAGE_PART;
	}
	if (in->len < r->left || buffer_len(&r->body)) {
		struct span part = take(in, r->left);

		buffer_add(&r->body, part.at, part.len);
		r->left -= part.len;
		if (r->left)
			return MESSAGE_MORE;
		out->body = (struct span){buffer_bytes(&r->body), buffer_len(&r->body)};
	} else {
		out->body = take(in, r->left);
	}
	r->have = 0;
	return MESSAGE_WHOLE;
}

void message_reader_free(struct message_reader *r)
{
	buffer_free(&r->body);
}
