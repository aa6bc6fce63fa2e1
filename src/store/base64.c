/* Bytes as text. */
#include <convoy/store.h>

#include <nettle/base64.h>

char *text_base64(const uint8_t *bytes, size_t count, struct err *err)
{
	char *text = memory_zeroed(BASE64_ENCODE_RAW_LENGTH(count) + 1, 1, err);
	if (text != NULL)
		base64_encode_raw(text, count, bytes);
	return text;
}
