/* What the readers of picture files share. */
#ifndef CONVOY_PICTURE_PHOTO_H
#define CONVOY_PICTURE_PHOTO_H

#include <convoy/picture.h>

/* A picture as files hold it: sample [rows][columns][maps]. */
struct pixels {
	size_t maps, rows, columns;
	uint8_t *sample;
};

/* Takes memory for a picture; EX_DATAERR for no pixels or more than PHOTO_PIXELS. */
int pixels_size(struct pixels *out, const char *name, size_t columns, size_t rows, size_t maps, struct err *err);

/* Readers: `out` is zero before, and its memory the caller's to free also after a failure. EX_DATAERR. */
int png_decode(struct pixels *out, const char *name, const uint8_t *bytes, size_t count, struct err *err);
int pnm_decode(struct pixels *out, const char *name, const uint8_t *bytes, size_t count, struct err *err);

#endif
