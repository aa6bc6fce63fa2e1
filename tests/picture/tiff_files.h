/* TIFF files for tests, by libtiff. */
#ifndef TESTS_PICTURE_TIFF_FILES_H
#define TESTS_PICTURE_TIFF_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a page holds: samples [rows][columns][bands] of `depth` bits in this machine's order, in bytes of their own, two
 * or four; fewer than eight bits in a byte each. */
struct tiff_page {
	const char *mode; /* "wl" little endian, "wb" big, "wl8" BigTIFF … */
	size_t rows, columns, bands, depth;
	int format, photometric, compression; /* numbers of the standard */
	int extra;        /* of the last band; −1: it has no such meaning */
	int turn;         /* orientation; 0: none */
	unsigned kind;    /* 1: a small copy */
	size_t tile;      /* side of a tile, a multiple of 16; 0: strips of `strip` rows */
	size_t strip;
	bool planes;      /* bands lie apart */
	const uint16_t *palette; /* [3][1 << depth] */
	const void *sample;
};

struct tiff_file {
	uint8_t *byte;
	size_t count, at, room;
};

/* Returns a file of pages; free its bytes. count 0: libtiff has refused one. */
struct tiff_file tiff_make(size_t pages, const struct tiff_page *page);

#endif
