/* TIFF files, as the process that reads them sees them. */
#include "picture/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static const size_t maps[] = {1, 3, PHOTO_BANDS};
	for (size_t i = 0; i < 3; i++) {
		struct err err = {0};
		struct photo photo = {0};
		const struct photo_reader reader = {&photo, "fuzz", bytes, count, maps[i], i == 1 ? 8 : PHOTO_ALONE,
		                                    {20, 200, 90}, NULL};
		photo_decoder decoder = decoder_of(bytes, count);
		if (decoder != NULL && decoder(&reader, &err) != 0 && err.code == 0)
			__builtin_trap();
		photo_free(&photo);
	}
	return 0;
}
