/* picture: PGM and PPM in all their forms, damage and other formats refused by name, grey and colour, scaling by area. */
#include <convoy/picture.h>

#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct photo decoded(const char *bytes, size_t count, size_t maps)
{
	struct err err = {0};
	struct photo photo;
	int code = photo_decode(&photo, "x", (const uint8_t *)bytes, count, maps, (struct colour){0}, &err);
	if (code != 0)
		fail_msg("%s", err.text);
	return photo;
}

static void every_form_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t count, maps;
		uint8_t sample[6];
	} cases[] = {
		{"P5 2 1 255\n\x00\x7f", 13, 1, {0, 127}},
		{"P5\n# a comment 9\n2\t1\n255\r\x01\x02", 27, 1, {1, 2}},
		{"P5 2 1 65535\n\xff\xff\x00\x80", 17, 1, {255, 0}},
		{"P5 2 1 100\n\x64\x32", 13, 1, {255, 128}},
		{"P2 2 1 10\n5 # half\n10", 21, 1, {128, 255}},
		{"P6 1 1 255\n\x0a\x14\x1e", 14, 3, {10, 20, 30}},
		{"P3 1 1 255 10 20 30", 19, 3, {10, 20, 30}},
		{"P3 1 1 255 10 20 30 # end\n", 26, 3, {10, 20, 30}},
		{"P3 1 1 255 10 20 30", 19, 1, {18}},
		{"P5 1 1 255\n\x40", 12, 3, {64, 64, 64}},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct photo photo = decoded(cases[i].bytes, cases[i].count, cases[i].maps);
		assert_int_equal(photo.maps, cases[i].maps);
		assert_memory_equal(photo.sample, cases[i].sample, photo.maps * photo.rows * photo.columns);
		photo_free(&photo);
	}
}

static void damage_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t count, maps;
		const char *text;
	} cases[] = {
		{"", 0, 1, "x: is no " PHOTO_FORMATS " or PPM file"},
		{"words", 5, 1, "x: is no " PHOTO_FORMATS " or PPM file"},
		{"P5 2 2", 6, 1, "x: its header holds no width, height and largest value (1 to 65535)"},
		{"P5 2 2 0\n", 9, 1, "x: its header holds no width, height and largest value (1 to 65535)"},
		{"P5 2 2 65536\n", 13, 1, "x: its header holds no width, height and largest value (1 to 65535)"},
		{"P5 -2 2 255\n", 12, 1, "x: its header holds no width, height and largest value (1 to 65535)"},
		{"P5 0 2 255\n", 11, 1, "x: 0×2 pixels: 1 to 67108864 are read"},
		{"P5 65535 65535 255\n", 19, 1, "x: 65535×65535 pixels: 1 to 67108864 are read"},
		{"P5 2 2 255", 10, 1, "x: cut short behind its header"},
		{"P5 2 2 255\n\1\2\3", 14, 1, "x: cut short: 3 of 4 samples"},
		{"P5 1 1 65535\n\1", 14, 1, "x: cut short: 0 of 1 samples"},
		{"P2 2 1 255 7 x", 14, 1, "x: cut short: 1 of 2 samples"},
		{"P2 2 1 9 7 10", 13, 1, "x: sample 1 is 10, above its largest value 9"},
		{"P52 1 255\n\1\2", 12, 1, "x: its header holds no width, height and largest value (1 to 65535)"},
		{"P5 2 1 255\n\1\2\3", 14, 1, "x: 1 bytes more than its header announces"},
		{"P5 1 1 255\r\n\1", 13, 1, "x: 1 bytes more than its header announces"},
		{"P2 1 1 255 7 8", 14, 1, "x: 1 bytes more than its header announces"},
		{"P5 1 1 255\n\1", 12, 2, "x: a picture gives 1 map (grey) or 3 (red, green, blue), and 2 are wanted: "
		 "store the samples as an array, in HDF5 or for NumPy"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		struct photo photo;
		assert_int_equal(photo_decode(&photo, "x", (const uint8_t *)cases[i].bytes, cases[i].count, cases[i].maps,
		                              (struct colour){0}, &err),
		                 -1);
		assert_int_equal(err.code, EX_DATAERR);
		assert_string_equal(err.text, cases[i].text);
		photo_free(&photo);
	}
}

/* A writer of PGM and PPM; samples [count] up to `most`. */
static size_t pnm_make(uint8_t *file, char form, size_t columns, size_t rows, uint32_t most, const uint16_t *sample)
{
	bool plain = form < '5', colour = form == '3' || form == '6';
	size_t count = columns * rows * (colour ? 3 : 1);
	char *text = (char *)file;
	size_t used = (size_t)sprintf(text, "P%c # form\n%zu\t%zu\r\n#\n%u%c", form, columns, rows, most, plain ? '\n' : ' ');
	for (size_t i = 0; i < count; i++)
		if (plain)
			used += (size_t)sprintf(text + used, i % 7 == 3 ? "%u # %zu\n" : "%u ", sample[i], i);
		else {
			if (most > 255)
				file[used++] = (uint8_t)(sample[i] >> 8);
			file[used++] = (uint8_t)sample[i];
		}
	return used;
}

/* Every largest value that is near a power of two or so, in each form: v · 255 / largest, halves up. */
static void every_largest_value_is_exact(void **state)
{
	(void)state;
	enum { ROWS = 3, COLUMNS = 5, SAMPLES = 3 * ROWS * COLUMNS };
	static const uint32_t mosts[] = {1, 2, 3, 7, 9, 10, 100, 127, 128, 254, 255, 256, 257, 1000, 1023, 4095, 32767,
	                                 32768, 65534, 65535};
	for (size_t m = 0; m < sizeof mosts / sizeof *mosts; m++)
		for (char form = '2'; form <= '6'; form++) {
			uint8_t file[4096];
			uint16_t sample[SAMPLES];
			bool colour = form == '3' || form == '6';
			if (form == '4')
				continue;
			for (size_t i = 0; i < SAMPLES; i++)
				sample[i] = (uint16_t)(random_bits(3, RANDOM_CHECK, m, i) % (mosts[m] + 1));
			sample[0] = 0;
			sample[1] = (uint16_t)mosts[m];
			size_t count = pnm_make(file, form, COLUMNS, ROWS, mosts[m], sample);
			struct photo photo = decoded((char *)file, count, 3);
			for (size_t i = 0; i < 3 * ROWS * COLUMNS; i++) {
				size_t map = i / (ROWS * COLUMNS), at = i % (ROWS * COLUMNS);
				double value = sample[colour ? 3 * at + map : at];
				assert_int_equal(photo.sample[i], (int)floor(value * 255 / mosts[m] + 0.5));
			}
			assert_false(photo.transparent);
			photo_free(&photo);
		}
}

static void what_is_not_read_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *bytes, *text;
		size_t count;
	} cases[] = {
		{"RIFF....WEBPVP8 ", "a WebP picture", 16},
		{"GIF89a", "a GIF picture", 6},
		{"BM......", "a BMP picture", 8},
		{"\0\0\0\x18" "ftypheic", "a HEIF picture", 12},
		{"\0\0\0\x18" "ftyphevc", "a HEIF picture", 12},
		{"\0\0\0\x18" "ftypavif", "an AVIF picture", 12},
		{"<svg xmlns=", "an SVG picture", 11},
		{"<?xml version=", "an XML file, perhaps an SVG picture", 14},
		{"P4 1 1\n\x80", "a PBM picture", 8},
		{"P7\nWIDTH 1\n", "a PAM picture", 11},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		struct photo photo;
		char text[256];
		snprintf(text, sizeof text, "x: is %s; " PHOTO_FORMATS " and PPM are read: " PHOTO_WAY_OUT, cases[i].text);
		assert_int_equal(photo_decode(&photo, "x", (const uint8_t *)cases[i].bytes, cases[i].count, 1,
		                              (struct colour){0}, &err), -1);
		assert_int_equal(err.code, EX_DATAERR);
		assert_string_equal(err.text, text);
	}
	assert_string_equal(photo_format_of_name("a/b.png.WEBP"), "WebP");
	assert_string_equal(photo_format_of_name("x.svg"), "SVG");
	assert_null(photo_format_of_name("x.tiff"));
	assert_null(photo_format_of_name("x.png"));
	assert_null(photo_format_of_name("gif"));
	assert_true(photo_named("a/b.gif.JPEG") && photo_named("x.png") && photo_named("x.TIFF") && photo_named(".x.jpg"));
	assert_false(photo_named("jpg") || photo_named("x.jp") || photo_named("a.png/x"));
}

static void colours_have_names_and_digits(void **state)
{
	(void)state;
	static const struct {
		const char *text, *back;
		struct colour colour;
	} good[] = {
		{"white", "white", {255, 255, 255}}, {"black", "black", {0, 0, 0}}, {"#fff", "white", {255, 255, 255}},
		{"#1aF", "#11aaff", {0x11, 0xaa, 0xff}}, {"#0b16C1", "#0b16c1", {0x0b, 0x16, 0xc1}},
		{"#808080", "#808080", {128, 128, 128}},
	};
	static const char *const bad[] = {"", "#", "#ff", "#ffff", "#fffff", "#fffffff", "#ggg", "ffffff", "White", "grey",
	                                  "# 12", "#-12"};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct colour colour;
		char text[COLOUR_TEXT];
		assert_true(colour_parse(good[i].text, &colour));
		assert_memory_equal(&colour, &good[i].colour, sizeof colour);
		colour_text(colour, text);
		assert_string_equal(text, good[i].back);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(colour_parse(bad[i], &(struct colour){0}));
}

static void even_pictures_are_known(void **state)
{
	(void)state;
	uint8_t sample[6] = {7, 7, 7, 9, 9, 9};
	struct photo photo = {.maps = 2, .rows = 1, .columns = 3, .sample = sample};
	assert_true(photo_even(&photo));
	sample[5] = 8;
	assert_false(photo_even(&photo));
	assert_true(photo_even(&(struct photo){.maps = 3, .rows = 1, .columns = 1, .sample = (uint8_t[]){1, 2, 3}}));
}

static struct photo fitted(const struct photo *photo, size_t rows, size_t columns)
{
	struct err err = {0};
	struct photo out;
	assert_int_equal(photo_fit(&out, photo, rows, columns, &err), 0);
	return out;
}

static void scaling_keeps_means(void **state)
{
	(void)state;
	uint8_t sample[2 * 4 * 6];
	for (size_t i = 0; i < sizeof sample; i++)
		sample[i] = (uint8_t)(i * 37);
	struct photo photo = {.maps = 2, .rows = 4, .columns = 6, .sample = sample};

	struct photo same = fitted(&photo, 4, 6);
	assert_memory_equal(same.sample, sample, sizeof sample);
	photo_free(&same);

	struct photo half = fitted(&photo, 2, 3);
	for (size_t m = 0; m < 2; m++)
		for (size_t i = 0; i < 6; i++) {
			const uint8_t *at = sample + m * 24 + i / 3 * 12 + i % 3 * 2;
			assert_int_equal(half.sample[m * 6 + i], (at[0] + at[1] + at[6] + at[7] + 2) / 4);
		}
	photo_free(&half);

	struct photo twice = fitted(&photo, 8, 12);
	for (size_t i = 0; i < 96; i++)
		assert_int_equal(twice.sample[i], sample[i / 12 / 2 * 6 + i % 12 / 2]);
	photo_free(&twice);
}

/* The mean of the area of a pixel, from the definition: a picture whose pixels are cut into rows × columns pieces each,
 * so that each new pixel has whole ones. */
static double area_mean(const struct photo *photo, size_t m, size_t rows, size_t columns, size_t r, size_t c)
{
	size_t tall = photo->rows, wide = photo->columns;
	double sum = 0;
	if (tall * columns > wide * rows) /* too tall: rows are cut off */
		tall = (size_t)fmax(1, floor((double)(wide * rows) / (double)columns));
	else
		wide = (size_t)fmax(1, floor((double)(tall * columns) / (double)rows));
	size_t top = (photo->rows - tall) / 2, left = (photo->columns - wide) / 2;
	for (size_t y = r * tall; y < (r + 1) * tall; y++)
		for (size_t x = c * wide; x < (c + 1) * wide; x++)
			sum += photo->sample[(m * photo->rows + top + y / rows) * photo->columns + left + x / columns];
	return sum / (double)(tall * wide);
}

static void scaling_is_the_mean_of_an_area(void **state)
{
	(void)state;
	uint8_t sample[2 * 23 * 23];
	for (size_t i = 0; i < sizeof sample; i++)
		sample[i] = (uint8_t)random_bits(5, RANDOM_CHECK, 0, i);
	for (size_t n = 0; n < 600; n++) {
		uint64_t bits = random_bits(5, RANDOM_CHECK, 1, n);
		struct photo photo = {.maps = 2, .rows = 1 + bits % 23, .columns = 1 + (bits >> 8) % 23, .sample = sample};
		size_t rows = 1 + (bits >> 16) % 17, columns = 1 + (bits >> 24) % 17;
		struct photo got = fitted(&photo, rows, columns);
		for (size_t i = 0; i < 2 * rows * columns; i++) {
			double mean = area_mean(&photo, i / (rows * columns), rows, columns, i / columns % rows, i % columns);
			assert_int_equal(got.sample[i], (int)floor(mean + 0.5));
		}
		photo_free(&got);
	}
}

static void scaling_cuts_the_middle_out(void **state)
{
	(void)state;
	uint8_t sample[2 * 6] = {9, 9, 1, 2, 9, 9, 9, 9, 3, 4, 9, 9};
	struct photo wide = {.maps = 1, .rows = 2, .columns = 6, .sample = sample};
	struct photo square = fitted(&wide, 2, 2);
	assert_memory_equal(square.sample, ((uint8_t[]){1, 2, 3, 4}), 4);
	photo_free(&square);
	struct photo tall = {.maps = 1, .rows = 6, .columns = 1, .sample = sample};
	struct photo one = fitted(&tall, 1, 1);
	assert_int_equal(one.sample[0], 1);
	photo_free(&one);
	struct photo uneven = {.maps = 1, .rows = 1, .columns = 3, .sample = (uint8_t[]){0, 90, 255}};
	struct photo two = fitted(&uneven, 1, 2);
	assert_int_equal(two.maps * two.rows * two.columns, 2);
	photo_free(&two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(every_largest_value_is_exact),
		cmocka_unit_test(what_is_not_read_is_named),
		cmocka_unit_test(colours_have_names_and_digits),
		cmocka_unit_test(even_pictures_are_known),
		cmocka_unit_test(scaling_keeps_means),
		cmocka_unit_test(scaling_is_the_mean_of_an_area),
		cmocka_unit_test(scaling_cuts_the_middle_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
