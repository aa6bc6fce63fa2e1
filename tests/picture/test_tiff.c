/* picture: TIFF files of all kinds give the samples that went in, are turned as their tag says, and refused wherever they
 * are cut; small copies are no pages.
 *
 *   test_tiff FOLDER
 *
 * reads each FOLDER/NAME.tif for tiff.sh, and writes FOLDER/NAME.ppm and .pgm, or FOLDER/NAME.txt with the error. */
#include "picture/tiff_files.h"
#include "picture/folder.h"

#include <convoy/picture.h>

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <tiff.h>
#include <unistd.h>

enum { ROWS = 21, COLUMNS = 34, BANDS = 5, SAMPLES = ROWS * COLUMNS * BANDS };

static const struct tiff_page plain = {
	.mode = "wl", .rows = ROWS, .columns = COLUMNS, .bands = 1, .depth = 8, .format = SAMPLEFORMAT_UINT,
	.photometric = PHOTOMETRIC_MINISBLACK, .compression = COMPRESSION_NONE, .extra = -1, .strip = 4,
};

static int decoded(struct photo *out, const struct tiff_file *file, size_t maps, struct err *err)
{
	return photo_decode(out, "x", file->byte, file->count, maps, (struct colour){10, 20, 30}, err);
}

static struct photo read_good(const struct tiff_page *page, size_t maps)
{
	struct err err = {0};
	struct photo photo;
	struct tiff_file file = tiff_make(1, page);
	assert_true(file.count > 0);
	if (decoded(&photo, &file, maps, &err) != 0)
		fail_msg("%zu bits, format %d, compression %d: %s", page->depth, page->format, page->compression, err.text);
	free(file.byte);
	return photo;
}

/* Draws samples of a type; of floats all but those that are not finite. */
static void samples_draw(const struct tiff_page *p, uint8_t *out)
{
	size_t each = p->depth < 8 ? 1 : p->depth / 8;
	for (size_t i = 0; i < SAMPLES; i++) {
		uint64_t bits = random_bits(7, RANDOM_CHECK, p->depth, i);
		float real = (float)((int64_t)bits >> 20) * 0x1p-30f;
		double wide = real;
		if (p->depth < 8)
			bits &= (1u << p->depth) - 1;
		if (p->format == SAMPLEFORMAT_IEEEFP)
			memcpy(out + i * each, p->depth == 32 ? (void *)&real : (void *)&wide, each);
		else if (p->depth > 16) { /* what float32 holds */
			bits = bits & 0xfff000;
			if (p->format == SAMPLEFORMAT_INT && i % 2 == 0)
				bits = ~bits + 1;
			memcpy(out + i * each, &bits, each);
		} else
			memcpy(out + i * each, &bits, each);
	}
}

static double sample_number(const struct tiff_page *p, const uint8_t *at)
{
	double wide;
	float real;
	int64_t number = 0;
	size_t each = p->depth < 8 ? 1 : p->depth / 8;
	memcpy(&number, at, each);
	memcpy(&real, at, sizeof real);
	memcpy(&wide, at, sizeof wide);
	if (p->format == SAMPLEFORMAT_IEEEFP)
		return p->depth == 32 ? (double)real : wide;
	if (p->format == SAMPLEFORMAT_INT)
		return (double)((int64_t)((uint64_t)number << (64 - p->depth)) >> (64 - p->depth));
	return (double)number;
}

static double photo_number_at(const struct photo *photo, size_t i)
{
	uint16_t wide;
	float real;
	if (photo->number == PHOTO_U8)
		return photo->sample[i];
	if (photo->number == PHOTO_U16) {
		memcpy(&wide, photo->sample + 2 * i, sizeof wide);
		return (double)wide;
	}
	memcpy(&real, photo->sample + 4 * i, sizeof real);
	return (double)real;
}

static void kinds_walk(const struct tiff_page *p, enum photo_number type, const uint8_t *sample)
{
	struct photo photo = read_good(p, PHOTO_BANDS);
	size_t each = p->depth < 8 ? 1 : p->depth / 8;
	assert_int_equal(photo.number, type);
	assert_int_equal(photo.maps, p->bands);
	assert_int_equal(photo.rows * 1000 + photo.columns, ROWS * 1000 + COLUMNS);
	for (size_t i = 0; i < ROWS * COLUMNS; i++)
		for (size_t b = 0; b < p->bands; b++) {
			double want = sample_number(p, sample + (i * p->bands + b) * each);
			if (photo_number_at(&photo, b * ROWS * COLUMNS + i) != want)
				fail_msg("%zu bits, format %d, compression %d, mode %s, sample %zu of band %zu: %g, not %g", p->depth,
				         p->format, p->compression, p->mode, i, b, photo_number_at(&photo, b * ROWS * COLUMNS + i),
				         want);
		}
	photo_free(&photo);
}

/* Every type of numbers, in each order of bytes, in strips and tiles, bands together and apart, packed and not. */
static void bands_are_as_they_were_written(void **state)
{
	(void)state;
	static uint8_t sample[SAMPLES * 8 + 8];
	static const struct {
		size_t depth;
		int format;
		enum photo_number number;
	} types[] = {
		{1, SAMPLEFORMAT_UINT, PHOTO_U8}, {2, SAMPLEFORMAT_UINT, PHOTO_U8}, {4, SAMPLEFORMAT_UINT, PHOTO_U8},
		{8, SAMPLEFORMAT_UINT, PHOTO_U8}, {16, SAMPLEFORMAT_UINT, PHOTO_U16}, {32, SAMPLEFORMAT_UINT, PHOTO_F32},
		{64, SAMPLEFORMAT_UINT, PHOTO_F32}, {8, SAMPLEFORMAT_INT, PHOTO_F32}, {16, SAMPLEFORMAT_INT, PHOTO_F32},
		{32, SAMPLEFORMAT_INT, PHOTO_F32}, {64, SAMPLEFORMAT_INT, PHOTO_F32}, {32, SAMPLEFORMAT_IEEEFP, PHOTO_F32},
		{64, SAMPLEFORMAT_IEEEFP, PHOTO_F32},
	};
	static const char *const modes[] = {"wl", "wb", "wl8", "wb8"};
	static const int packed[] = {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS};
	size_t kind = 0;
	for (size_t t = 0; t < sizeof types / sizeof *types; t++)
		for (int form = 0; form < 16; form++) {
			struct tiff_page page = plain;
			page.depth = types[t].depth;
			page.format = types[t].format;
			page.mode = modes[form % 4];
			page.compression = packed[kind++ * 5 / 3 % 4];
			page.tile = form & 4 ? 16 : 0;
			page.planes = form & 8;
			page.bands = form % 3 == 0 ? 1 : form % 3 == 1 ? 2 : BANDS;
			page.photometric = form % 5 == 0 ? PHOTOMETRIC_MINISWHITE : PHOTOMETRIC_MINISBLACK; /* says nothing here */
			page.sample = sample;
			samples_draw(&page, sample);
			kinds_walk(&page, types[t].number, sample);
		}
}

static void what_float32_cannot_hold_is_refused(void **state)
{
	(void)state;
	static const struct {
		size_t depth;
		int format;
		uint64_t bits;
		bool good;
		bool finite;
	} cases[] = {
		{32, SAMPLEFORMAT_UINT, 1 << 24, true, true}, {32, SAMPLEFORMAT_UINT, (1 << 24) + 1, false, true},
		{32, SAMPLEFORMAT_UINT, 0xffffff00, true, true}, {32, SAMPLEFORMAT_INT, 0x80000000, true, true},
		{32, SAMPLEFORMAT_INT, 0x80000001, false, true}, {64, SAMPLEFORMAT_UINT, UINT64_MAX, false, true},
		{64, SAMPLEFORMAT_INT, UINT64_MAX, true, true}, {64, SAMPLEFORMAT_IEEEFP, 0x7fe0000000000000, false, true},
		{64, SAMPLEFORMAT_IEEEFP, 0x7ff0000000000000, false, false},
		{64, SAMPLEFORMAT_IEEEFP, 0x7ff8000000000000, false, false},
		{32, SAMPLEFORMAT_IEEEFP, 0xff800000, false, false}, {32, SAMPLEFORMAT_IEEEFP, 0x7fc00000, false, false},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct err err = {0};
		struct photo photo;
		struct tiff_page page = plain;
		page.rows = page.columns = page.strip = 1;
		page.depth = cases[c].depth;
		page.format = cases[c].format;
		page.sample = &cases[c].bits;
		struct tiff_file file = tiff_make(1, &page);
		assert_int_equal(decoded(&photo, &file, PHOTO_BANDS, &err), cases[c].good ? 0 : -1);
		if (!cases[c].good)
			assert_string_equal(err.text, cases[c].finite ? "x: band 0, row 0, column 0: a sample that float32 cannot hold"
			                                              : "x: band 0, row 0, column 0: a sample that is not finite");
		photo_free(&photo);
		free(file.byte);
	}
}

static uint8_t byte_of(uint32_t value, uint32_t most)
{
	return (uint8_t)floor(255.0 * value / most + 0.5);
}

/* Bytes: grey of up to eight bits, light or dark first, with alpha of both kinds. */
static void grey_becomes_bytes(void **state)
{
	(void)state;
	static uint8_t sample[SAMPLES * 8];
	for (size_t depth = 1; depth <= 8; depth *= 2)
		for (int turned = 0; turned < 2; turned++) {
			struct tiff_page page = plain;
			uint32_t most = (1u << depth) - 1;
			page.depth = depth;
			page.photometric = turned ? PHOTOMETRIC_MINISWHITE : PHOTOMETRIC_MINISBLACK;
			page.sample = sample;
			samples_draw(&page, sample);
			struct photo photo = read_good(&page, 3);
			for (size_t i = 0; i < 3 * ROWS * COLUMNS; i++) {
				uint32_t value = sample[i % (ROWS * COLUMNS)];
				assert_int_equal(photo.sample[i], byte_of(turned ? most - value : value, most));
			}
			assert_false(photo.transparent);
			photo_free(&photo);
		}
	for (int kind = EXTRASAMPLE_ASSOCALPHA; kind <= EXTRASAMPLE_UNASSALPHA; kind++) {
		static const uint8_t pairs[] = {0, 0, 100, 255, 60, 60, 60, 200};
		struct tiff_page page = plain;
		page.rows = 1;
		page.columns = 4;
		page.bands = 2;
		page.extra = kind;
		page.sample = pairs;
		struct photo photo = read_good(&page, 3);
		for (size_t i = 0; i < 4; i++)
			for (size_t m = 0; m < 3; m++) {
				double value = pairs[2 * i], alpha = pairs[2 * i + 1] / 255.0, behind = 10 * (double)(m + 1);
				double want = (kind == EXTRASAMPLE_ASSOCALPHA ? value : value * alpha) + (1 - alpha) * behind;
				assert_int_equal(photo.sample[m * 4 + i], (int)floor(want + 0.5));
			}
		assert_true(photo.transparent);
		photo_free(&photo);
	}
}

static void colours_inks_and_palettes_become_bytes(void **state)
{
	(void)state;
	static const uint8_t rgb[] = {1, 2, 3, 250, 128, 0}, cmyk[] = {0, 0, 0, 0, 255, 10, 20, 51}, index[] = {1, 3};
	static const uint16_t wide[] = {0, 0xffff, 1, 0x1234, 0, 0x8080, 1, 0x9800, 0, 0xff00, 1, 0x0101};
	static const uint16_t narrow[] = {0, 255, 1, 18, 0, 128, 1, 152, 0, 255, 1, 1};
	struct tiff_page page = plain;
	page.rows = 1;
	page.columns = 2;
	page.bands = 3;
	page.photometric = PHOTOMETRIC_RGB;
	page.sample = rgb;
	for (page.planes = false;; page.planes = true) {
		struct photo photo = read_good(&page, 3);
		assert_memory_equal(photo.sample, ((uint8_t[]){1, 250, 2, 128, 3, 0}), 6);
		photo_free(&photo);
		if (page.planes)
			break;
	}
	page.bands = 4;
	page.photometric = PHOTOMETRIC_SEPARATED;
	page.sample = cmyk;
	struct photo photo = read_good(&page, 3);
	assert_memory_equal(photo.sample, ((uint8_t[]){255, 0, 255, 196, 255, 188}), 6);
	photo_free(&photo);
	page.bands = 1;
	page.planes = false;
	page.depth = 2;
	page.photometric = PHOTOMETRIC_PALETTE;
	page.sample = index;
	for (int kind = 0; kind < 2; kind++)
		for (size_t maps = 0; maps <= 3; maps += 3) {
			page.palette = kind == 0 ? wide : narrow;
			photo = read_good(&page, maps);
			assert_int_equal(photo.maps, 3);
			assert_memory_equal(photo.sample, ((uint8_t[]){255, 0x12, 0x80, 0x98, 255, 1}), 6);
			photo_free(&photo);
		}
}

static void pictures_are_turned(void **state)
{
	(void)state;
	/* Upper left, upper right, lower left, lower right, as the standard's figure has them. */
	static const uint8_t seen[][4] = {
		{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1},
		{0, 2, 1, 3}, {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2},
	};
	for (int turn = 0; turn < 9; turn++)
		for (size_t maps = 0; maps < 2; maps++) {
			static const uint8_t byte[] = {10, 80, 80, 10, 80, 80, 150, 220, 220};
			static const uint16_t word[] = {10, 80, 80, 10, 80, 80, 150, 220, 220};
			static const double corner[] = {10, 80, 150, 220};
			struct tiff_page page = plain;
			page.rows = 3;
			page.columns = 3;
			page.turn = turn;
			page.depth = maps == 0 ? 16 : 8;
			page.sample = maps == 0 ? (const void *)word : (const void *)byte;
			struct photo photo = read_good(&page, maps);
			for (size_t i = 0; i < 4; i++)
				assert_true(photo_number_at(&photo, i / 2 * 6 + i % 2 * 2) == corner[seen[turn][i]]);
			photo_free(&photo);
		}
}

static void small_copies_are_no_pages(void **state)
{
	(void)state;
	static const uint8_t sample[] = {1, 2, 3, 4};
	struct tiff_page page[4];
	struct err err = {0};
	struct photo photo;
	for (size_t i = 0; i < 4; i++) {
		page[i] = plain;
		page[i].rows = page[i].columns = 1;
		page[i].sample = sample + i;
	}
	page[0].kind = page[2].kind = FILETYPE_REDUCEDIMAGE;
	struct tiff_file file = tiff_make(3, page);
	assert_int_equal(decoded(&photo, &file, 1, &err), 0);
	assert_int_equal(photo.sample[0], 2);
	photo_free(&photo);
	free(file.byte);

	file = tiff_make(4, page);
	assert_int_equal(decoded(&photo, &file, 1, &err), -1);
	assert_string_equal(err.text, "x: has 2 pages, and a picture is one: import --pages takes each; ImageMagick's convert "
	                    "FILE PAGE-%d.tif parts them");
	char path[64];
	FILE *out = tmpfile();
	uint64_t *place;
	size_t pages;
	assert_non_null(out);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(out));
	assert_int_equal(pwrite(fileno(out), file.byte, file.count, 0), (ssize_t)file.count);
	/* Of the rest of a file, which may be large, a page needs nothing. */
	assert_int_equal(ftruncate(fileno(out), (off_t)1 << 30), 0);
	err = (struct err){0};
	assert_int_equal(photo_pages(&place, &pages, path, &err), 0);
	assert_int_equal(pages, 2);
	for (size_t p = 2; p-- > 0;) {
		assert_int_equal(photo_decode_page(&photo, "x", path, place[p], 1, (struct colour){0}, &err), 0);
		assert_int_equal(photo.sample[0], sample[2 * p + 1]);
		photo_free(&photo);
	}
	assert_int_equal(photo_decode_page(&photo, "x", path, place[0] + 1, 1, (struct colour){0}, &err), -1);
	assert_int_equal(err.code, EX_DATAERR);
	free(place);
	/* A file without pages has one, which photo_decode reads. */
	static const char photograph[] = "\xff\xd8\xff\xe0 and no more than that";
	assert_int_equal(ftruncate(fileno(out), 0), 0);
	assert_int_equal(pwrite(fileno(out), photograph, sizeof photograph, 0), sizeof photograph);
	err = (struct err){0};
	assert_int_equal(photo_pages(&place, &pages, path, &err), 0);
	assert_int_equal(pages, 1);
	assert_int_equal(place[0], PHOTO_ALONE);
	free(place);
	assert_int_equal(photo_decode_page(&photo, "x", path, 8, 1, (struct colour){0}, &err), -1);
	assert_string_equal(err.text, "x: has no pages");
	fclose(out);
	free(file.byte);

	err = (struct err){0};
	file = tiff_make(1, page);
	assert_int_equal(decoded(&photo, &file, 1, &err), -1);
	assert_string_equal(err.text, "x: holds no picture but small copies: the raw data of a camera? " PHOTO_WAY_OUT);
	free(file.byte);
}

static void what_bytes_cannot_hold_is_refused(void **state)
{
	(void)state;
	static const uint8_t sample[64];
	static const struct {
		size_t depth, bands;
		int format, photometric, extra;
		const char *text;
	} cases[] = {
		{16, 1, SAMPLEFORMAT_UINT, PHOTOMETRIC_MINISBLACK, -1, "x: unsigned samples of 16 bits, and bytes are wanted: "
		 "import --bands keeps them as they are; ImageMagick's mogrify -depth 8 rounds them"},
		{8, 1, SAMPLEFORMAT_INT, PHOTOMETRIC_MINISBLACK, -1, "x: signed samples of 8 bits, and bytes are wanted: "
		 "import --bands keeps them as they are; ImageMagick's mogrify -depth 8 rounds them"},
		{32, 3, SAMPLEFORMAT_IEEEFP, PHOTOMETRIC_RGB, -1, "x: floating-point samples of 32 bits, and bytes are wanted: "
		 "import --bands keeps them as they are; ImageMagick's mogrify -depth 8 rounds them"},
		{8, 4, SAMPLEFORMAT_UINT, PHOTOMETRIC_RGB, EXTRASAMPLE_UNSPECIFIED, "x: 4 bands, and grey or colours are "
		 "wanted: import --bands keeps them as they are"},
		{32, 1, SAMPLEFORMAT_COMPLEXINT, PHOTOMETRIC_MINISBLACK, -1, "x: samples of 32 bits, sample format 5: whole "
		 "numbers of 1, 2, 4, 8, 16, 32 or 64 bits and floating-point numbers of 32 or 64 are read"},
		{8, 3, SAMPLEFORMAT_UINT, PHOTOMETRIC_CIELAB, -1, "x: a TIFF picture of colours that are not read (photometric "
		 "8): " PHOTO_WAY_OUT},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct err err = {0};
		struct photo photo;
		struct tiff_page page = plain;
		page.rows = page.columns = 1;
		page.depth = cases[c].depth;
		page.bands = cases[c].bands;
		page.format = cases[c].format;
		page.photometric = cases[c].photometric;
		page.extra = cases[c].extra;
		page.sample = sample;
		struct tiff_file file = tiff_make(1, &page);
		assert_int_equal(decoded(&photo, &file, 3, &err), -1);
		assert_int_equal(err.code, EX_DATAERR);
		assert_string_equal(err.text, cases[c].text);
		free(file.byte);
	}
}

/* A picture with everything in its way: colours, tiles, packed. */
static struct tiff_file example(int compression, size_t tile)
{
	static uint8_t sample[SAMPLES];
	struct tiff_page page = plain;
	for (size_t i = 0; i < SAMPLES; i++)
		sample[i] = (uint8_t)(i / 3);
	page.bands = 3;
	page.photometric = PHOTOMETRIC_RGB;
	page.compression = compression;
	page.tile = tile;
	page.turn = 6;
	page.sample = sample;
	return tiff_make(1, &page);
}

static void a_cut_is_refused_anywhere(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		struct tiff_file file = example(packed ? COMPRESSION_LZW : COMPRESSION_NONE, packed ? 0 : 16);
		for (size_t count = 5; count < file.count; count += packed ? 1 : 7) {
			struct err err = {0};
			struct photo photo;
			const struct tiff_file cut = {file.byte, count, 0, 0};
			assert_int_equal(decoded(&photo, &cut, 1, &err), -1);
			assert_int_equal(err.code, EX_DATAERR);
			assert_int_equal(strncmp(err.text, "x: no good TIFF: ", strlen("x: no good TIFF: ")), 0);
		}
		free(file.byte);
	}
}

/* Bits of a file turned round: read or refused, and the next one is read. */
static void damage_harms_nothing(void **state)
{
	(void)state;
	static const int packed[] = {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS};
	for (size_t p = 0; p < 4; p++) {
		struct tiff_file file = example(packed[p], p % 2 ? 16 : 0);
		for (size_t bit = 0; bit < 8 * file.count; bit += bit > 8 * (file.count - 300) || bit < 64 ? 3 : 97) {
			struct err err = {0}, none = {0};
			struct photo photo = {0};
			file.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
			if (decoded(&photo, &file, bit % 2 ? PHOTO_BANDS : 3, &err) != 0)
				assert_int_equal(err.code, EX_DATAERR);
			photo_free(&photo);
			file.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
			if (bit % 5 != 0)
				continue;
			assert_int_equal(decoded(&photo, &file, 3, &none), 0);
			photo_free(&photo);
		}
		free(file.byte);
	}
}

/* The number of a tag in a file of one page, little endian: the place of its value. */
static uint8_t *value_of(const struct tiff_file *file, unsigned tag)
{
	uint32_t at;
	memcpy(&at, file->byte + 4, sizeof at);
	uint8_t *entry = file->byte + at + 2;
	while ((unsigned)(entry[0] | entry[1] << 8) != tag)
		entry += 12;
	return entry + 8;
}

static void sizes_have_limits(void **state)
{
	(void)state;
	static const uint8_t sample[16];
	struct tiff_page page = plain;
	struct err err = {0};
	struct photo photo;
	page.rows = page.columns = 4;
	page.sample = sample;
	struct tiff_file file = tiff_make(1, &page);
	memset(value_of(&file, TIFFTAG_IMAGEWIDTH), 0xfd, 2);
	memset(value_of(&file, TIFFTAG_IMAGELENGTH), 0xfd, 2);
	assert_int_equal(decoded(&photo, &file, 1, &err), -1);
	assert_string_equal(err.text, "x: 65021×65021 pixels: 1 to 67108864 are read");
	free(file.byte);

	err = (struct err){0};
	page.tile = 16;
	file = tiff_make(1, &page);
	memset(value_of(&file, TIFFTAG_TILEWIDTH), 0xf0, 2);
	memset(value_of(&file, TIFFTAG_TILELENGTH), 0xf0, 2);
	assert_int_equal(decoded(&photo, &file, 1, &err), -1);
	assert_string_equal(err.text, "x: no good TIFF: a strip or tile of 3804422400 bytes, the limit is 536870912");
	free(file.byte);
}

int main(int argc, char **argv)
{
	int status;
	if (photos_serve(argc, argv, &status))
		return status;
	if (argc == 2)
		return folder_read(argv[1], ".tif");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bands_are_as_they_were_written),
		cmocka_unit_test(what_float32_cannot_hold_is_refused),
		cmocka_unit_test(grey_becomes_bytes),
		cmocka_unit_test(colours_inks_and_palettes_become_bytes),
		cmocka_unit_test(pictures_are_turned),
		cmocka_unit_test(small_copies_are_no_pages),
		cmocka_unit_test(what_bytes_cannot_hold_is_refused),
		cmocka_unit_test(a_cut_is_refused_anywhere),
		cmocka_unit_test(damage_harms_nothing),
		cmocka_unit_test(sizes_have_limits),
	};
	return cmocka_run_group_tests_name("picture: TIFF", tests, NULL, NULL);
}
