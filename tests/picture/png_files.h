/* PNG files of every kind out of known samples, made here from the specification (W3C, 2003) without libpng. */
#ifndef TESTS_PICTURE_PNG_FILES_H
#define TESTS_PICTURE_PNG_FILES_H

#include <convoy/base.h>

enum { PNG_GREY = 0, PNG_RGB = 2, PNG_INDEX = 3, PNG_GREY_ALPHA = 4, PNG_RGB_ALPHA = 6 };

struct png_file {
	int type, depth;
	bool interlaced;
	size_t rows, columns;
	const uint16_t *sample; /* [rows][columns][png_channels] */
	size_t colours;         /* of a palette */
	const uint8_t *palette; /* [colours][3] */
	size_t transparent;     /* bytes of tRNS; 0: no such chunk */
	const uint8_t *trns;
	const uint8_t *extra; /* whole chunks to stand before PLTE */
	size_t extra_bytes;
};

struct bytes {
	uint8_t *byte;
	size_t count;
};

/* Channels of a pixel. */
size_t png_channels(int type);

/* Appends a chunk. */
void chunk_add(struct bytes *to, const char *name, const uint8_t *data, size_t count);

/* The file; its memory is the caller's. All five filters take turns. */
struct bytes png_make(const struct png_file *file);

#endif
