/* A TIFF file on its way to a photo. */
#ifndef CONVOY_PICTURE_TIFF_H
#define CONVOY_PICTURE_TIFF_H

#include "picture.h"

#include <tiffio.h>

enum { TROUBLE = 256, INKS = 4 };

struct tiff {
	const struct photo_reader *reader;
	TIFF *tiff;
	uint64_t at;           /* in the file */
	char trouble[TROUBLE]; /* libtiff's first words; "": none */
	bool reads;            /* pixels: a warning of a codec is an error now */
	uint32_t columns, rows;
	uint16_t depth, bands, format, photometric, compression, turn;
	uint16_t colours;      /* bands that are colours: 1, 3, or 4 of inks */
	bool alpha, multiplied; /* the band behind them is alpha */
	uint16_t *palette[3];
	bool planes;           /* bands lie apart */
	bool tiles;            /* and no strips */
	uint32_t tall, wide;   /* of a strip or tile */
	size_t stride, size;   /* bytes of its row, and of all of it */
	uint8_t *piece;        /* [1, or bands][size] */
};

/* Makes bytes of a palette's colours. */
void palette_narrow(struct tiff *tiff);

/* Puts the samples of a strip or tile to their place in the picture, `rows` of it. EX_DATAERR for a number that float32
 * cannot hold. */
int piece_put(const struct tiff *tiff, size_t row, size_t column, size_t rows, struct err *err);

#endif
