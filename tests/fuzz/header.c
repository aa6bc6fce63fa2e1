/* The header of a checkpoint: what is accepted is, byte by byte, what convoy writes. */
#include "store/store.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct err err = {0};
	struct header header;
	uint8_t again[HEADER_BYTES];
	if (header_parse(&header, bytes, count, &err) != 0)
		return 0;
	header_format(&header, again);
	if (count < HEADER_BYTES || memcmp(again, bytes, HEADER_BYTES) != 0)
		__builtin_trap();
	return 0;
}
