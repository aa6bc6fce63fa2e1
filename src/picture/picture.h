/* What the readers of picture files share. */
#ifndef CONVOY_PICTURE_PICTURE_H
#define CONVOY_PICTURE_PICTURE_H

#include <convoy/picture.h>

/* A file that becomes a photo. */
struct photo_reader {
	struct photo *out; /* zeroed before; the caller frees its memory also after a failure */
	const char *name;  /* for messages */
	const uint8_t *bytes;
	size_t count, maps;
	struct colour background;
};

/* Allocates memory for a picture. EX_DATAERR for no pixels or more than PHOTO_PIXELS. */
int photo_size(const struct photo_reader *reader, size_t columns, size_t rows, struct err *err);

/* A pixel as it is in the file. */
struct pixel {
	uint32_t colour[3];   /* red, green, blue, all equal in a grey picture: 0 … most */
	uint32_t alpha, most; /* 0 transparent … most opaque; most ≤ 65,535 */
};

/* Sets pixel number `at`, counted row by row. Mixes it with the background, rounds it to 8 bits, and makes it grey if
 * the photo has one map. */
void photo_put(const struct photo_reader *reader, size_t at, const struct pixel *pixel);

/* Read a file. EX_DATAERR. */
int png_decode(const struct photo_reader *reader, struct err *err);
int pnm_decode(const struct photo_reader *reader, struct err *err);

#endif
