/* TIFF files for tests, by libtiff. */
#include "picture/tiff_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

/* ---- A file in memory -------------------------------------------------------------------------------------------- */

static tmsize_t on_read(thandle_t handle, void *out, tmsize_t count)
{
	struct tiff_file *f = handle;
	size_t left = f->at < f->count ? f->count - f->at : 0, some = (size_t)count < left ? (size_t)count : left;
	if (some > 0)
		memcpy(out, f->byte + f->at, some);
	f->at += some;
	return (tmsize_t)some;
}

static tmsize_t on_write(thandle_t handle, void *bytes, tmsize_t count)
{
	struct tiff_file *f = handle;
	size_t end = f->at + (size_t)count;
	if (end > f->room) {
		f->byte = realloc(f->byte, 2 * end);
		if (f->byte == NULL)
			abort();
		memset(f->byte + f->room, 0, 2 * end - f->room);
		f->room = 2 * end;
	}
	memcpy(f->byte + f->at, bytes, (size_t)count);
	f->at = end;
	f->count = end > f->count ? end : f->count;
	return count;
}

static toff_t on_seek(thandle_t handle, toff_t to, int from)
{
	struct tiff_file *f = handle;
	f->at = (size_t)to + (from == SEEK_CUR ? f->at : from == SEEK_END ? f->count : 0);
	return f->at;
}

static int on_close(thandle_t handle)
{
	(void)handle;
	return 0;
}

static toff_t on_size(thandle_t handle)
{
	return ((struct tiff_file *)handle)->count;
}

/* ---- A page ------------------------------------------------------------------------------------------------------ */

/* Packs samples of a rectangle, zeros beyond the picture. band: of planes. Returns the bytes. */
static size_t rectangle_pack(const struct tiff_page *p, size_t row, size_t column, size_t rows, size_t columns, size_t band,
                             uint8_t *out)
{
	const uint8_t *from = p->sample;
	size_t each = p->depth < 8 ? 1 : p->depth / 8, bands = p->planes ? 1 : p->bands;
	size_t stride = (columns * bands * p->depth + 7) / 8;
	memset(out, 0, rows * stride);
	for (size_t y = 0; y < rows && row + y < p->rows; y++)
		for (size_t x = 0; x < columns && column + x < p->columns; x++)
			for (size_t b = 0; b < bands; b++) {
				size_t at = ((row + y) * p->columns + column + x) * p->bands + (p->planes ? band : b);
				size_t bit = (x * bands + b) * p->depth;
				if (p->depth < 8)
					out[y * stride + bit / 8] |= (uint8_t)(from[at] << (8 - p->depth - bit % 8));
				else
					memcpy(out + y * stride + bit / 8, from + at * each, each);
			}
	return rows * stride;
}

static bool pieces_write(TIFF *tiff, const struct tiff_page *p)
{
	size_t tall = p->tile > 0 ? p->tile : p->strip, wide = p->tile > 0 ? p->tile : p->columns;
	uint8_t *piece = malloc(tall * wide * p->bands * 8 + 8);
	bool good = piece != NULL;
	for (size_t band = 0; band < (p->planes ? p->bands : 1); band++)
		for (size_t row = 0; row < p->rows; row += tall)
			for (size_t column = 0; column < p->columns && good; column += wide) {
				size_t rows = p->tile > 0 || p->rows - row > tall ? tall : p->rows - row;
				tmsize_t count = (tmsize_t)rectangle_pack(p, row, column, rows, wide, band, piece);
				uint32_t x = (uint32_t)column, y = (uint32_t)row;
				uint16_t plane = (uint16_t)band;
				good = p->tile > 0 ? TIFFWriteEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane), piece, count) == count
				                   : TIFFWriteEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), piece, count) == count;
			}
	free(piece);
	return good;
}

static bool page_write(TIFF *tiff, const struct tiff_page *p)
{
	uint16_t extra = (uint16_t)p->extra;
	size_t colours = (size_t)1 << (p->depth < 16 ? p->depth : 0);
	bool good = TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, (uint32_t)p->columns) &&
	            TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)p->rows) &&
	            TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, (int)p->depth) &&
	            TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, (int)p->bands) &&
	            TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, p->format) &&
	            TIFFSetField(tiff, TIFFTAG_COMPRESSION, p->compression) &&
	            TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, p->photometric) &&
	            TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, p->planes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
	if (p->compression == COMPRESSION_JPEG && p->photometric == PHOTOMETRIC_YCBCR)
		TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
	if (p->extra >= 0)
		TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
	if (p->turn > 0)
		TIFFSetField(tiff, TIFFTAG_ORIENTATION, p->turn);
	if (p->kind > 0)
		TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, p->kind);
	if (p->palette != NULL)
		TIFFSetField(tiff, TIFFTAG_COLORMAP, p->palette, p->palette + colours, p->palette + 2 * colours);
	if (p->tile > 0)
		good = good && TIFFSetField(tiff, TIFFTAG_TILEWIDTH, (uint32_t)p->tile) &&
		       TIFFSetField(tiff, TIFFTAG_TILELENGTH, (uint32_t)p->tile);
	else
		good = good && TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, (uint32_t)p->strip);
	return good && pieces_write(tiff, p) && TIFFWriteDirectory(tiff);
}

struct tiff_file tiff_make(size_t pages, const struct tiff_page *page)
{
	struct tiff_file file = {0};
	TIFF *tiff = TIFFClientOpen("test", page[0].mode, &file, on_read, on_write, on_seek, on_close, on_size, NULL, NULL);
	bool good = tiff != NULL;
	for (size_t i = 0; i < pages && good; i++)
		good = page_write(tiff, &page[i]);
	if (tiff != NULL)
		TIFFClose(tiff);
	if (!good)
		file.count = 0;
	return file;
}
