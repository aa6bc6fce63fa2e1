/* picture: every kind of PNG gives what its samples say. The files are made from known samples without libpng, what is
 * right is computed in float64 from the definition. `test_png DIRECTORY` leaves a file of each kind there, and what was
 * read of it. */
#include "picture/png_files.h"

#include <convoy/picture.h>

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const char *directory; /* NULL: keep no files */

static uint64_t noise(uint64_t a, uint64_t b)
{
	return random_bits(7, RANDOM_CHECK, a, b);
}

/* A sample over the background, from the definition. */
static uint8_t wanted(double value, double alpha, double most, double background)
{
	return (uint8_t)floor(value / most * (alpha / most) * 255 + (1 - alpha / most) * background + 0.5);
}

static uint8_t luma(const uint8_t *rgb)
{
	return (uint8_t)floor((299.0 * rgb[0] + 587.0 * rgb[1] + 114.0 * rgb[2]) / 1000 + 0.5);
}

/* Red, green, blue and alpha of a pixel; the largest value there is. */
static uint32_t meant(const struct png_file *f, size_t at, uint32_t rgba[4])
{
	const uint16_t *sample = f->sample + at * png_channels(f->type);
	uint32_t most = f->type == PNG_INDEX ? 255 : (1u << f->depth) - 1;
	bool colour = f->type == PNG_RGB || f->type == PNG_RGB_ALPHA, same = true;
	rgba[3] = most;
	if (f->type == PNG_INDEX) {
		for (size_t c = 0; c < 3; c++)
			rgba[c] = f->palette[3 * sample[0] + c];
		rgba[3] = sample[0] < f->transparent ? f->trns[sample[0]] : 255;
		return most;
	}
	for (size_t c = 0; c < 3; c++)
		rgba[c] = sample[colour ? c : 0];
	if (f->type == PNG_GREY_ALPHA || f->type == PNG_RGB_ALPHA)
		rgba[3] = sample[png_channels(f->type) - 1];
	else if (f->transparent > 0) {
		for (size_t c = 0; c < png_channels(f->type); c++)
			same = same && sample[c] == (((uint32_t)f->trns[2 * c] << 8 | f->trns[2 * c + 1]) & most);
		rgba[3] = same ? 0 : most;
	}
	return most;
}

static void file_keep(const char *name, const void *bytes, size_t count, const char *head)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(head, file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	assert_int_equal(fclose(file), 0);
}

/* The file and its picture over `background` as PPM. */
static void pair_keep(const struct png_file *f, const struct bytes *file, struct colour background,
                      const struct photo *photo)
{
	static size_t number;
	char name[128], kind[96], colour[COLOUR_TEXT], head[64];
	size_t size = f->rows * f->columns;
	uint8_t *pixels = malloc(3 * size);
	colour_text(background, colour);
	snprintf(kind, sizeof kind, "%zu-type%d-depth%d%s%s", number++, f->type, f->depth,
	         f->interlaced ? "-interlaced" : "", f->transparent > 0 ? "-transparent" : "");
	snprintf(name, sizeof name, "%s.png", kind);
	file_keep(name, file->byte, file->count, "");
	for (size_t i = 0; i < 3 * size; i++)
		pixels[i] = photo->sample[i % 3 * size + i / 3];
	snprintf(name, sizeof name, "%s.%s.ppm", kind, colour[0] == '#' ? colour + 1 : colour);
	snprintf(head, sizeof head, "P6 %zu %zu 255\n", f->columns, f->rows);
	file_keep(name, pixels, 3 * size, head);
	free(pixels);
}

/* Reads the file in colour and in grey, over a background, and compares each pixel. */
static void compare(const struct png_file *f, struct colour background, bool keep)
{
	struct bytes file = png_make(f);
	struct err err = {0};
	struct photo colour, grey;
	size_t size = f->rows * f->columns;
	bool transparent = false;
	if (photo_decode(&colour, "x", file.byte, file.count, 3, background, &err) != 0 ||
	    photo_decode(&grey, "x", file.byte, file.count, 1, background, &err) != 0)
		fail_msg("type %d, depth %d, %zu×%zu: %s", f->type, f->depth, f->columns, f->rows, err.text);
	assert_int_equal(colour.rows, f->rows);
	assert_int_equal(colour.columns, f->columns);
	for (size_t i = 0; i < size; i++) {
		uint32_t rgba[4], most = meant(f, i, rgba);
		uint8_t rgb[3] = {wanted(rgba[0], rgba[3], most, background.red),
		                  wanted(rgba[1], rgba[3], most, background.green),
		                  wanted(rgba[2], rgba[3], most, background.blue)};
		transparent = transparent || rgba[3] < most;
		for (size_t c = 0; c < 3; c++)
			if (colour.sample[c * size + i] != rgb[c])
				fail_msg("type %d, depth %d%s, %zu×%zu, pixel %zu, channel %zu: %d, not %d", f->type, f->depth,
				         f->interlaced ? ", interlaced" : "", f->columns, f->rows, i, c, colour.sample[c * size + i],
				         rgb[c]);
		assert_int_equal(grey.sample[i], luma(rgb));
	}
	assert_int_equal(colour.transparent, transparent);
	assert_int_equal(grey.transparent, transparent);
	if (keep && directory != NULL)
		pair_keep(f, &file, background, &colour);
	photo_free(&grey);
	photo_free(&colour);
	free(file.byte);
}

/* ---- All kinds --------------------------------------------------------------------------------------------------- */

static const struct kind {
	int type, depth;
} kinds[] = {
	{PNG_GREY, 1}, {PNG_GREY, 2}, {PNG_GREY, 4}, {PNG_GREY, 8}, {PNG_GREY, 16}, {PNG_RGB, 8}, {PNG_RGB, 16},
	{PNG_INDEX, 1}, {PNG_INDEX, 2}, {PNG_INDEX, 4}, {PNG_INDEX, 8}, {PNG_GREY_ALPHA, 8}, {PNG_GREY_ALPHA, 16},
	{PNG_RGB_ALPHA, 8}, {PNG_RGB_ALPHA, 16},
};
enum { KINDS = sizeof kinds / sizeof *kinds, SIDE = 33 };

static const struct colour backgrounds[] = {{255, 255, 255}, {0, 0, 0}, {10, 200, 99}};

struct setting {
	uint16_t sample[SIDE * SIDE * 4];
	uint8_t palette[256 * 3], trns[256];
};

/* Random samples of a kind, the extremes among them; with tRNS, a fifth of the pixels have the transparent colour. */
static struct png_file file_draw(struct setting *s, const struct kind *kind, size_t rows, size_t columns,
                                 bool interlaced, bool trns)
{
	struct png_file f = {.type = kind->type, .depth = kind->depth, .interlaced = interlaced, .rows = rows,
	                     .columns = columns, .sample = s->sample, .palette = s->palette, .trns = s->trns};
	size_t channels = png_channels(f.type), key = (size_t)f.type << 8 | (size_t)f.depth;
	uint32_t most = (1u << f.depth) - 1;
	f.colours = f.type == PNG_INDEX ? (f.depth == 8 ? 200 : most + 1) : 0;
	for (size_t i = 0; i < sizeof s->palette; i++)
		s->palette[i] = (uint8_t)noise(1000, i);
	for (size_t i = 0; i < sizeof s->trns; i++)
		s->trns[i] = (uint8_t)noise(1001 + key, i);
	for (size_t i = 0; i < rows * columns * channels; i++) {
		uint64_t bits = noise(key, i);
		s->sample[i] = (uint16_t)(bits % 8 == 0 ? 0 : bits % 8 == 1 ? most : bits >> 8 & most);
		if (f.type == PNG_INDEX)
			s->sample[i] = (uint16_t)(s->sample[i] % f.colours);
	}
	if (!trns || f.type >= PNG_GREY_ALPHA)
		return f;
	f.transparent = f.type == PNG_INDEX ? (f.colours + 1) / 2 : 2 * channels; /* shorter than the palette */
	for (size_t c = 0; c < channels && f.type != PNG_INDEX && f.depth < 16; c++) { /* 16 bits, of which few are used */
		s->trns[2 * c] = 0;
		s->trns[2 * c + 1] &= (uint8_t)most;
	}
	for (size_t i = 0; i < rows * columns && f.type != PNG_INDEX; i++)
		for (size_t c = 0; c < channels && noise(key, i + (1 << 20)) % 5 == 0; c++)
			s->sample[i * channels + c] = (uint16_t)(((uint32_t)s->trns[2 * c] << 8 | s->trns[2 * c + 1]) & most);
	return f;
}

static void every_kind_is_exact(void **state)
{
	(void)state;
	static struct setting s;
	for (size_t k = 0; k < KINDS; k++)
		for (int interlaced = 0; interlaced < 2; interlaced++)
			for (int trns = 0; trns < 2; trns++)
				for (size_t b = 0; b < 3; b++) {
					struct png_file f = file_draw(&s, &kinds[k], SIDE, SIDE - 4, interlaced, trns);
					compare(&f, backgrounds[b], true);
				}
}

/* Passes without a pixel, rows that end within a byte. */
static void small_sizes_are_exact(void **state)
{
	(void)state;
	static struct setting s;
	for (size_t k = 0; k < KINDS; k++)
		for (size_t rows = 1; rows <= 9; rows++)
			for (size_t columns = 1; columns <= 9; columns++)
				for (int interlaced = 0; interlaced < 2; interlaced++) {
					struct png_file f = file_draw(&s, &kinds[k], rows, columns, interlaced, false);
					compare(&f, backgrounds[0], false);
				}
}

/* All values of 16 bits: v · 255 / 65535, rounded. */
static void sixteen_bits_are_rounded(void **state)
{
	(void)state;
	uint16_t *sample = malloc(65536 * sizeof *sample);
	for (size_t i = 0; i < 65536; i++)
		sample[i] = (uint16_t)i;
	struct png_file f = {.type = PNG_GREY, .depth = 16, .rows = 256, .columns = 256, .sample = sample};
	compare(&f, backgrounds[1], false);
	free(sample);
}

/* Every value with every alpha, in 8 bits. */
static void partial_alpha_is_mixed_as_it_is(void **state)
{
	(void)state;
	uint16_t *sample = malloc(2 * 65536 * sizeof *sample);
	for (size_t i = 0; i < 65536; i++) {
		sample[2 * i] = (uint16_t)(i & 255);
		sample[2 * i + 1] = (uint16_t)(i >> 8);
	}
	struct png_file f = {.type = PNG_GREY_ALPHA, .depth = 8, .rows = 256, .columns = 256, .sample = sample};
	for (size_t b = 0; b < 3; b++)
		compare(&f, backgrounds[b], false);
	free(sample);
}

/* What stands in chunks about colour, good or bad, moves no sample. */
static void chunks_about_colour_move_nothing(void **state)
{
	(void)state;
	static struct setting s;
	static const struct {
		const char *name, *data;
		size_t count;
	} chunk[] = {
		{"gAMA", "\x00\x01\x86\xa0", 4}, /* 1.0 */
		{"gAMA", "\x00\x00\xb1\x8f", 4}, /* 1 / 2.2 */
		{"gAMA", "\x00\x00\x00\x00", 4},
		{"sRGB", "\x00", 1},
		{"sRGB", "\x09", 1},
		{"cHRM", "\x00\x00\x7a\x26\x00\x00\x80\x84\x00\x00\xfa\x00\x00\x00\x80\xe8\x00\x00\x75\x30\x00\x00\xea\x60\x00\x00\x3a\x98\x00\x00\x17\x70",
		 32},
		{"iCCP", "profile\0\0broken", 15},
		{"sBIT", "\x03\x03\x03\x03", 4},
		{"bKGD", "\x00\x00\x00\x00\x00\x00", 6},
		{"tEXt", "Gamma\x00" "9", 7},
		{"eXIf", "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0", 26}, /* turned by half */
	};
	for (size_t k = 0; k < KINDS; k++)
		for (size_t c = 0; c < sizeof chunk / sizeof *chunk; c++) {
			struct png_file f = file_draw(&s, &kinds[k], 7, 5, false, true);
			struct bytes extra = {0};
			chunk_add(&extra, chunk[c].name, (const uint8_t *)chunk[c].data, chunk[c].count);
			f.extra = extra.byte;
			f.extra_bytes = extra.count;
			compare(&f, backgrounds[2], false);
			free(extra.byte);
		}
}

/* ---- Damage ------------------------------------------------------------------------------------------------------ */

static void refused(const struct png_file *f, const char *text)
{
	struct bytes file = png_make(f);
	struct err err = {0};
	struct photo photo;
	assert_int_equal(photo_decode(&photo, "x", file.byte, file.count, 1, backgrounds[0], &err), -1);
	assert_int_equal(err.code, EX_DATAERR);
	assert_string_equal(err.text, text);
	photo_free(&photo);
	free(file.byte);
}

static void what_has_no_meaning_is_refused(void **state)
{
	(void)state;
	static struct setting s;
	struct png_file f = file_draw(&s, &(struct kind){PNG_INDEX, 4}, 5, 5, false, false);
	f.colours = 3;
	memset(s.sample, 0, sizeof s.sample);
	s.sample[7] = 5;
	refused(&f, "x: no good PNG: a pixel has colour 5 of a palette of 3");
	s.sample[7] = 2;
	compare(&f, backgrounds[0], false);
	f.transparent = 4; /* more than the palette has */
	refused(&f, "x: no good PNG: tRNS: invalid");
	f = file_draw(&s, &(struct kind){PNG_RGB, 8}, 5, 5, false, true);
	f.transparent = 5;
	refused(&f, "x: no good PNG: tRNS: invalid");
}

/* Every byte that changes before IEND, and every file that ends before: refused, with all the colours that tRNS and PLTE
 * gave. */
static void every_damage_is_seen(void **state)
{
	(void)state;
	static struct setting s;
	for (size_t k = 0; k < KINDS; k++) {
		struct png_file f = file_draw(&s, &kinds[k], 6, 5, k % 2 == 0, true);
		struct bytes file = png_make(&f);
		for (size_t i = 0; i < file.count - 12; i++)
			for (int cut = 0; cut < 2; cut++) {
				struct photo photo;
				struct err err = {0};
				uint8_t *copy = malloc(file.count);
				memcpy(copy, file.byte, file.count);
				copy[i] ^= (uint8_t)(1u << i % 8);
				if (photo_decode(&photo, "x", cut ? file.byte : copy, cut ? i : file.count, 3, backgrounds[0], &err) == 0)
					fail_msg("type %d, depth %d: byte %zu of %zu %s", f.type, f.depth, i, file.count,
					         cut ? "is the end" : "changed");
				assert_int_equal(err.code, EX_DATAERR);
				photo_free(&photo);
				free(copy);
			}
		free(file.byte);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_exact),
		cmocka_unit_test(small_sizes_are_exact),
		cmocka_unit_test(sixteen_bits_are_rounded),
		cmocka_unit_test(partial_alpha_is_mixed_as_it_is),
		cmocka_unit_test(chunks_about_colour_move_nothing),
		cmocka_unit_test(what_has_no_meaning_is_refused),
		cmocka_unit_test(every_damage_is_seen),
	};
	directory = argc > 1 ? argv[1] : NULL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
