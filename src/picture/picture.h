/* What the readers of picture files share. */
#ifndef CONVOY_PICTURE_PRIVATE_H
#define CONVOY_PICTURE_PRIVATE_H

#include <convoy/picture.h>

/* A file that becomes a photo. */
struct photo_reader {
	struct photo *out; /* zero before; its memory is the caller's to free also after a failure */
	const char *name;  /* for messages */
	const uint8_t *bytes;
	size_t count, maps;
	struct colour background;
};

/* Takes memory for a picture; EX_DATAERR for no pixels or more than PHOTO_PIXELS. */
int photo_size(const struct photo_reader *reader, size_t columns, size_t rows, struct err *err);

/* A pixel as a file has it. */
struct pixel {
	uint32_t colour[3];   /* red, green, blue, of a grey picture three times the same: 0 … most */
	uint32_t alpha, most; /* 0 nothing there … most opaque; most ≤ 65,535 */
};

/* Sets a pixel, counted row by row: mixes it with the background, rounds it to 8 bits, makes it grey where one map is
 * wanted. */
void photo_put(const struct photo_reader *reader, size_t at, const struct pixel *pixel);

/* Readers. EX_DATAERR. */
int png_decode(const struct photo_reader *reader, struct err *err);
int pnm_decode(const struct photo_reader *reader, struct err *err);

#endif
