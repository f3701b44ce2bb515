#include "boot/module-image.h"
#include "base/bytes.h"
#include <string.h>

size_t module_unsigned_length(const uint8_t *file, size_t len)
{
	static const char mark[] = "~Module signature appended~\n";
	const size_t mark_len = sizeof mark - 1, info_len = 12; // the last four bytes of the info are the signature's length
	uint32_t signature;

	if (len < mark_len + info_len || memcmp(file + len - mark_len, mark, mark_len) != 0)
		return len;
	signature = be32(file + len - mark_len - 4);
	return signature <= len - mark_len - info_len ? len - mark_len - info_len - signature : len;
}
