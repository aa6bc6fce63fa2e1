/* Reads TIFF files. libtiff unpacks their strips and tiles, tiff_samples.c puts the samples where they belong. The
 * picture is turned as its tag says. Colour profiles are ignored, because a data set holds the samples as they are. */
#include "tiff.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 29 };

/* ---- libtiff ----------------------------------------------------------------------------------------------------- */

static void trouble_keep(struct tiff *f, const char *format, va_list args)
{
	if (f != NULL && f->trouble[0] == 0)
		text_vfit(f->trouble, sizeof f->trouble, format, args);
}

static void on_error(thandle_t handle, const char *module, const char *format, va_list args)
{
	(void)module;
	trouble_keep(handle, format, args);
}

/* Where the codecs of JPEG and fax warn they make up pixels. */
static void on_warning(thandle_t handle, const char *module, const char *format, va_list args)
{
	struct tiff *f = handle;
	if (f != NULL && f->reads && module != NULL && (strcmp(module, "JPEGLib") == 0 || strncmp(module, "Fax", 3) == 0))
		trouble_keep(f, format, args);
}

static tmsize_t on_read(thandle_t handle, void *out, tmsize_t count)
{
	struct tiff *f = handle;
	uint64_t all = f->reader->count, left = f->at < all ? all - f->at : 0;
	uint64_t some = count > 0 && (uint64_t)count < left ? (uint64_t)count : count > 0 ? left : 0;
	memcpy(out, f->reader->bytes + (some > 0 ? f->at : 0), some);
	f->at += some;
	return (tmsize_t)some;
}

static tmsize_t on_write(thandle_t handle, void *bytes, tmsize_t count)
{
	(void)handle;
	(void)bytes;
	(void)count;
	return 0;
}

static toff_t on_seek(thandle_t handle, toff_t to, int from)
{
	struct tiff *f = handle;
	f->at = from == SEEK_CUR ? f->at + to : from == SEEK_END ? f->reader->count + to : to;
	return f->at;
}

static int on_close(thandle_t handle)
{
	(void)handle;
	return 0;
}

static toff_t on_size(thandle_t handle)
{
	return ((struct tiff *)handle)->reader->count;
}

static int bad(const struct tiff *f, struct err *err)
{
	return err_set(err, EX_DATAERR, "%s: no good TIFF: %s", f->reader->name,
	               f->trouble[0] != 0 ? f->trouble : "cut short");
}

/* ---- What is in the file ----------------------------------------------------------------------------------------- */

/* Finds the pages: how many, where the first begins, and where all do, place [PAGES] (NULL: of no interest).
 * Directories of small copies and of masks are no pages. */
static int pages_find(struct tiff *f, size_t *pages, uint64_t *first, uint64_t *place, struct err *err)
{
	*pages = 0;
	do {
		uint32_t kind = 0;
		TIFFGetFieldDefaulted(f->tiff, TIFFTAG_SUBFILETYPE, &kind);
		if ((kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0)
			continue;
		if (*pages == PAGES)
			return err_set(err, EX_DATAERR, "%s: more than %d pages", f->reader->name, PAGES);
		uint64_t here = TIFFCurrentDirOffset(f->tiff);
		if (*pages == 0)
			*first = here;
		if (place != NULL)
			place[*pages] = here;
		++*pages;
	} while (TIFFReadDirectory(f->tiff));
	if (f->trouble[0] != 0)
		return bad(f, err);
	if (*pages == 0)
		return err_set(err, EX_DATAERR, "%s: holds no picture but small copies: the raw data of a camera? "
		               PHOTO_WAY_OUT, f->reader->name);
	return 0;
}

/* Goes to the wanted page. */
static int page_find(struct tiff *f, struct err *err)
{
	uint64_t place = f->reader->place;
	size_t pages = 1;
	if (place == PHOTO_ALONE && pages_find(f, &pages, &place, NULL, err) != 0)
		return -1;
	if (pages > 1)
		return err_set(err, EX_DATAERR, "%s: has %zu pages, and a picture is one: import --pages takes each; "
		               "ImageMagick's convert FILE PAGE-%%d.tif parts them", f->reader->name, pages);
	return TIFFSetSubDirectory(f->tiff, place) && f->trouble[0] == 0 ? 0 : bad(f, err);
}

/* How the bands are colours, and what of them is alpha. */
static int colours_find(struct tiff *f, struct err *err)
{
	const char *name = f->reader->name;
	uint16_t extras = 0, *extra = NULL, inks = INKSET_CMYK;
	bool bytes = f->depth == 8 && f->format == SAMPLEFORMAT_UINT;
	TIFFGetFieldDefaulted(f->tiff, TIFFTAG_EXTRASAMPLES, &extras, &extra);
	TIFFGetFieldDefaulted(f->tiff, TIFFTAG_INKSET, &inks);
	f->colours = 1;
	switch (f->photometric) {
	case PHOTOMETRIC_MINISWHITE:
	case PHOTOMETRIC_MINISBLACK:
		break;
	case PHOTOMETRIC_RGB:
		f->colours = 3;
		break;
	case PHOTOMETRIC_PALETTE:
		if (f->bands != 1 || f->depth > 8 || f->format != SAMPLEFORMAT_UINT ||
		    !TIFFGetField(f->tiff, TIFFTAG_COLORMAP, &f->palette[0], &f->palette[1], &f->palette[2]))
			return err_set(err, EX_DATAERR, "%s: no good TIFF: a palette for %u bands of %u bits", name, f->bands,
			               f->depth);
		break;
	case PHOTOMETRIC_SEPARATED:
		if (inks != INKSET_CMYK || !bytes)
			return err_set(err, EX_DATAERR, "%s: inks that are not CMYK of 8 bits: " PHOTO_WAY_OUT, name);
		f->colours = INKS;
		break;
	case PHOTOMETRIC_YCBCR:
		if (f->compression == COMPRESSION_JPEG && !f->planes && bytes) {
			TIFFSetField(f->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
			f->colours = 3;
			break;
		} /* fall through */
	default:
		return err_set(err, EX_DATAERR, "%s: a TIFF picture of colours that are not read (photometric %u): "
		               PHOTO_WAY_OUT, name, f->photometric);
	}
	f->multiplied = extras == 1 && extra[0] == EXTRASAMPLE_ASSOCALPHA;
	f->alpha = f->multiplied || (extras == 1 && extra[0] == EXTRASAMPLE_UNASSALPHA);
	if (f->bands < f->colours)
		return err_set(err, EX_DATAERR, "%s: no good TIFF: %u bands for %u colours", name, f->bands, f->colours);
	return 0;
}

/* Refuses what bytes cannot hold. */
static int bytes_check(const struct tiff *f, struct err *err)
{
	static const char *const kinds[] = {
		[SAMPLEFORMAT_UINT] = "unsigned", [SAMPLEFORMAT_INT] = "signed", [SAMPLEFORMAT_IEEEFP] = "floating-point",
	};
	const char *name = f->reader->name;
	if (f->depth > 8 || f->format != SAMPLEFORMAT_UINT)
		return err_set(err, EX_DATAERR, "%s: %s samples of %u bits, and bytes are wanted: " PHOTO_BANDS_HINT
		               "; ImageMagick's mogrify -depth 8 rounds them", name, kinds[f->format], f->depth);
	if (f->bands > f->colours + f->alpha)
		return err_set(err, EX_DATAERR, "%s: %u bands, and grey or colours are wanted: " PHOTO_BANDS_HINT, name,
		               f->bands);
	return 0;
}

/* The type that holds samples as they are. */
static enum photo_number number_of(const struct tiff *f)
{
	if (f->format != SAMPLEFORMAT_UINT || f->depth > 16)
		return PHOTO_F32;
	return f->depth > 8 ? PHOTO_U16 : PHOTO_U8;
}

static int header_read(struct tiff *f, struct err *err)
{
	uint16_t planar = PLANARCONFIG_CONTIG;
	TIFFGetField(f->tiff, TIFFTAG_IMAGEWIDTH, &f->columns);
	TIFFGetField(f->tiff, TIFFTAG_IMAGELENGTH, &f->rows);
	TIFFGetFieldDefaulted(f->tiff, TIFFTAG_BITSPERSAMPLE, &f->depth);
	TIFFGetFieldDefaulted(f->tiff, TIFFTAG_SAMPLESPERPIXEL, &f->bands);
	TIFFGetFieldDefaulted(f->tiff, TIFFTAG_SAMPLEFORMAT, &f->format);
	TIFFGetFieldDefaulted(f->tiff, TIFFTAG_COMPRESSION, &f->compression);
	TIFFGetFieldDefaulted(f->tiff, TIFFTAG_PLANARCONFIG, &planar);
	TIFFGetFieldDefaulted(f->tiff, TIFFTAG_ORIENTATION, &f->turn);
	f->planes = planar == PLANARCONFIG_SEPARATE && f->bands > 1;
	f->format = f->format == SAMPLEFORMAT_VOID ? SAMPLEFORMAT_UINT : f->format;
	if (!TIFFGetField(f->tiff, TIFFTAG_PHOTOMETRIC, &f->photometric))
		f->photometric = f->bands >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
	bool floats = f->format == SAMPLEFORMAT_IEEEFP && (f->depth == 32 || f->depth == 64);
	bool whole = f->format == SAMPLEFORMAT_UINT || (f->format == SAMPLEFORMAT_INT && f->depth >= 8);
	whole = whole && f->depth > 0 && f->depth <= 64 && (f->depth & (f->depth - 1)) == 0;
	if (!floats && !whole)
		return err_set(err, EX_DATAERR, "%s: samples of %u bits, sample format %u: whole numbers of 1, 2, 4, 8, 16, 32 "
		               "or 64 bits and floating-point numbers of 32 or 64 are read", f->reader->name, f->depth,
		               f->format);
	if (colours_find(f, err) != 0 || (f->reader->maps != PHOTO_BANDS && bytes_check(f, err) != 0))
		return -1;
	return photo_size(f->reader, &(struct photo_form){f->columns, f->rows, f->palette[0] != NULL ? 3 : f->bands,
	                  number_of(f)}, err);
}

/* ---- Strips and tiles -------------------------------------------------------------------------------------------- */

/* Unpacks the bands of the strip or tile at a place. */
static int piece_read(struct tiff *f, uint32_t row, uint32_t column, uint32_t rows, struct err *err)
{
	tmsize_t wanted = (tmsize_t)(f->tiles ? f->size : rows * f->stride);
	for (size_t p = 0; p < (f->planes ? f->bands : 1); p++) {
		uint8_t *to = f->piece + p * f->size;
		tmsize_t got = f->tiles
			? TIFFReadEncodedTile(f->tiff, TIFFComputeTile(f->tiff, column, row, 0, (uint16_t)p), to, wanted)
			: TIFFReadEncodedStrip(f->tiff, TIFFComputeStrip(f->tiff, row, (uint16_t)p), to, wanted);
		if (got != wanted || f->trouble[0] != 0)
			return bad(f, err);
	}
	return 0;
}

/* Finds the size of strips or tiles, and memory for one of each plane. */
static int pieces_open(struct tiff *f, struct err *err)
{
	f->tiles = TIFFIsTiled(f->tiff);
	tmsize_t size = f->tiles ? TIFFTileSize(f->tiff) : TIFFStripSize(f->tiff);
	tmsize_t stride = f->tiles ? TIFFTileRowSize(f->tiff) : TIFFScanlineSize(f->tiff);
	f->tall = f->rows;
	f->wide = f->columns;
	if (f->tiles) {
		TIFFGetField(f->tiff, TIFFTAG_TILEWIDTH, &f->wide);
		TIFFGetField(f->tiff, TIFFTAG_TILELENGTH, &f->tall);
	} else {
		TIFFGetFieldDefaulted(f->tiff, TIFFTAG_ROWSPERSTRIP, &f->tall);
		f->tall = f->tall < f->rows ? f->tall : f->rows;
	}
	size_t planes = f->planes ? f->bands : 1, each = f->planes ? 1 : f->bands;
	size_t least = ((size_t)f->wide * each * f->depth + 7) / 8;
	if (f->trouble[0] != 0 || size <= 0 || stride <= 0 || f->tall == 0 || f->wide == 0 || (size_t)stride < least ||
	    (size_t)size / (size_t)stride < f->tall)
		return bad(f, err);
	if ((size_t)size > PIECE / planes)
		return err_set(err, EX_DATAERR, "%s: no good TIFF: a strip or tile of %zu bytes, the limit is %d",
		               f->reader->name, (size_t)size * planes, PIECE);
	f->size = (size_t)size;
	f->stride = (size_t)stride;
	f->piece = memory_zeroed(planes, f->size, err);
	return f->piece != NULL ? 0 : -1;
}

/* Sides of a piece may be near 2^32: the next place is counted in 64 bits. */
static int pieces_read(struct tiff *f, struct err *err)
{
	int code = pieces_open(f, err);
	for (uint64_t row = 0; row < f->rows && code == 0; row += f->tall)
		for (uint64_t column = 0; column < f->columns && code == 0; column += f->wide) {
			size_t rows = f->rows - row < f->tall ? f->rows - row : f->tall;
			code = piece_read(f, (uint32_t)row, (uint32_t)column, (uint32_t)rows, err);
			if (code == 0)
				code = piece_put(f, row, column, rows, err);
		}
	return code;
}

static int tiff_open(struct tiff *f, struct err *err)
{
	TIFFSetErrorHandler(NULL);
	TIFFSetWarningHandler(NULL);
	TIFFSetErrorHandlerExt(on_error);
	TIFFSetWarningHandlerExt(on_warning);
	f->tiff = TIFFClientOpen("TIFF", "rm", f, on_read, on_write, on_seek, on_close, on_size, NULL, NULL);
	return f->tiff != NULL ? 0 : bad(f, err);
}

int tiff_pages(const struct photo_reader *reader, uint64_t *place, size_t *count, struct err *err)
{
	struct tiff f = {.reader = reader};
	uint64_t first;
	int code = tiff_open(&f, err);
	if (code == 0)
		code = pages_find(&f, count, &first, place, err);
	if (f.tiff != NULL)
		TIFFClose(f.tiff);
	return code;
}

int tiff_decode(const struct photo_reader *reader, struct err *err)
{
	struct tiff f = {.reader = reader};
	int code = tiff_open(&f, err);
	if (code == 0)
		code = page_find(&f, err);
	if (code == 0)
		code = header_read(&f, err);
	if (code == 0 && f.palette[0] != NULL)
		palette_narrow(&f);
	f.reads = true;
	if (code == 0)
		code = pieces_read(&f, err);
	if (f.tiff != NULL)
		TIFFClose(f.tiff);
	free(f.piece);
	if (code != 0)
		return -1;
	return photo_turn(reader->out, f.turn, err);
}
