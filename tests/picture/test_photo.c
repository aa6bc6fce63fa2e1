/* picture: PGM and PPM in all their forms, damage refused by name, grey and colour, scaling by area. */
#include <convoy/picture.h>

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct photo decoded(const char *bytes, size_t count, size_t maps)
{
	struct err err = {0};
	struct photo photo;
	int code = photo_decode(&photo, "x", (const uint8_t *)bytes, count, maps, &err);
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
		{"P5\n# a comment 9\n2\t1\n255\r\x01\x02", 28, 1, {1, 2}},
		{"P5 2 1 65535\n\xff\xff\x00\x80", 17, 1, {255, 0}},
		{"P5 2 1 100\n\x64\x32", 13, 1, {255, 128}},
		{"P2 2 1 10\n5 # half\n10", 21, 1, {128, 255}},
		{"P6 1 1 255\n\x0a\x14\x1e", 14, 3, {10, 20, 30}},
		{"P3 1 1 255 10 20 30", 19, 3, {10, 20, 30}},
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
		{"", 0, 1, "x: is no PNG, PGM or PPM file"},
		{"GIF89a", 6, 1, "x: is no PNG, PGM or PPM file"},
		{"P4 1 1\n\x80", 8, 1, "x: is no PNG, PGM or PPM file"},
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
		{"P5 1 1 255\n\1", 12, 2, "x: a picture gives 1 or 3 maps, not 2"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err err = {0};
		struct photo photo;
		assert_int_equal(photo_decode(&photo, "x", (const uint8_t *)cases[i].bytes, cases[i].count, cases[i].maps, &err),
		                 -1);
		assert_int_equal(err.code, EX_DATAERR);
		assert_string_equal(err.text, cases[i].text);
		photo_free(&photo);
	}
}

/* Every truncation and every flipped byte of a PNG: refused or read, never a crash. */
static void damaged_png_does_no_harm(void **state)
{
	(void)state;
	struct err err = {0};
	struct canvas canvas;
	assert_int_equal(canvas_create(&canvas, 9, 6, (struct colour){3, 200, 90}, &err), 0);
	canvas_text(&canvas, 1, 0, "a", (struct colour){0, 0, 0});
	size_t count, refused = 0;
	uint8_t *file = canvas_png(&canvas, &count, &err);
	assert_non_null(file);
	for (size_t i = 0; i < count; i++) {
		struct photo photo;
		struct err cut = {0}, flipped = {0};
		uint8_t *piece = malloc(i + 1);
		memcpy(piece, file, i);
		refused += photo_decode(&photo, "x", piece, i, 1, &cut) != 0;
		photo_free(&photo);
		free(piece);
		file[i] ^= 0x10;
		photo_decode(&photo, "x", file, count, 3, &flipped);
		photo_free(&photo);
		file[i] ^= 0x10;
	}
	assert_true(refused > count / 2);
	free(file);
	canvas_free(&canvas);
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
		cmocka_unit_test(damaged_png_does_no_harm),
		cmocka_unit_test(scaling_keeps_means),
		cmocka_unit_test(scaling_cuts_the_middle_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
