/* PNG, PGM and PPM files; those that another process reads have targets of their own. */
#include "picture/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	if (decoder_of(bytes, count) != NULL)
		return 0;
	for (size_t maps = PHOTO_BANDS; maps <= 3; maps++) {
		if (maps == 2)
			continue;
		struct err err = {0};
		struct photo photo = {0}, fitted = {0};
		if (photo_decode(&photo, "fuzz", bytes, count, maps, (struct colour){20, 200, 90}, &err) != 0) {
			if (err.code == 0)
				__builtin_trap();
		} else if (photo_fit(&fitted, &photo, 7, 5, &err) != 0 && err.code == 0) {
			__builtin_trap();
		}
		photo_free(&fitted);
		photo_free(&photo);
	}
	return 0;
}
