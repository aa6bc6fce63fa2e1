/* picture: what is drawn stays on the canvas, colours follow the numbers, text can be told apart, PNG gives it back. */
#include <convoy/picture.h>

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct colour white = {255, 255, 255}, red = {200, 10, 20};

static struct canvas canvas_new(size_t width, size_t height)
{
	struct err err = {0};
	struct canvas canvas;
	assert_int_equal(canvas_create(&canvas, width, height, white, &err), 0);
	return canvas;
}

static size_t pixels_of(const struct canvas *canvas, struct colour colour)
{
	size_t count = 0;
	for (size_t i = 0; i < canvas->width * canvas->height; i++)
		count += memcmp(&canvas->pixel[i], &colour, sizeof colour) == 0;
	return count;
}

static void sides_have_limits(void **state)
{
	(void)state;
	size_t bad[][2] = {{0, 5}, {5, 0}, {CANVAS_SIDE + 1, 1}, {1, CANVAS_SIDE + 1}};
	for (size_t i = 0; i < 4; i++) {
		struct err err = {0};
		struct canvas canvas;
		assert_int_equal(canvas_create(&canvas, bad[i][0], bad[i][1], white, &err), -1);
		assert_int_equal(err.code, EX_DATAERR);
		canvas_free(&canvas);
	}
}

static void rectangles_are_clipped(void **state)
{
	(void)state;
	struct canvas canvas = canvas_new(7, 5);
	canvas_fill(&canvas, 2, 1, 3, 2, red);
	assert_int_equal(pixels_of(&canvas, red), 6);
	canvas_fill(&canvas, 5, 4, 100, SIZE_MAX, red);
	assert_int_equal(pixels_of(&canvas, red), 8);
	canvas_fill(&canvas, SIZE_MAX - 1, 0, 5, 5, red);
	assert_int_equal(pixels_of(&canvas, red), 8);
	canvas_text(&canvas, 4, 3, "MMM", red);
	canvas_free(&canvas);
}

static void characters_differ(void **state)
{
	(void)state;
	struct canvas one = canvas_new(GLYPH_WIDTH, GLYPH_HEIGHT), other = canvas_new(GLYPH_WIDTH, GLYPH_HEIGHT);
	for (char a = ' '; a < 0x7f; a++)
		for (char b = (char)(a + 1); b < 0x7f; b++) {
			canvas_fill(&one, 0, 0, GLYPH_WIDTH, GLYPH_HEIGHT, white);
			canvas_fill(&other, 0, 0, GLYPH_WIDTH, GLYPH_HEIGHT, white);
			canvas_text(&one, 0, 0, (char[]){a, 0}, red);
			canvas_text(&other, 0, 0, (char[]){b, 0}, red);
			assert_memory_not_equal(one.pixel, other.pixel, GLYPH_WIDTH * GLYPH_HEIGHT * sizeof red);
		}
	canvas_free(&one);
	canvas_free(&other);
}

static void a_character_beyond_ascii_takes_one_place(void **state)
{
	(void)state;
	struct canvas one = canvas_new(40, GLYPH_HEIGHT), other = canvas_new(40, GLYPH_HEIGHT);
	canvas_text(&one, 0, 0, "\xce\xb1x", red);
	canvas_text(&other, GLYPH_WIDTH, 0, "x", red);
	for (size_t r = 0; r < GLYPH_HEIGHT; r++)
		assert_memory_equal(one.pixel + r * 40 + GLYPH_WIDTH, other.pixel + r * 40 + GLYPH_WIDTH,
		                    GLYPH_WIDTH * sizeof red);
	assert_true(pixels_of(&one, red) > pixels_of(&other, red));
	canvas_free(&one);
	canvas_free(&other);
}

static void colours_follow_the_numbers(void **state)
{
	(void)state;
	struct scale grey = {PALETTE_GREY, -1, 3}, signs = {PALETTE_SIGNED, -2, 2};
	assert_int_equal(scale_colour(&grey, -1).red, 0);
	assert_int_equal(scale_colour(&grey, -1e30f).red, 0);
	assert_int_equal(scale_colour(&grey, INFINITY).green, 255);
	assert_int_equal(scale_colour(&grey, 1).blue, 128);
	for (float v = -1; v < 3; v += 0.125f)
		assert_true(scale_colour(&grey, v).red < scale_colour(&grey, v + 0.125f).red);
	assert_true(scale_colour(&signs, -2).blue > scale_colour(&signs, -2).red);
	assert_true(scale_colour(&signs, 2).red > scale_colour(&signs, 2).blue);
	assert_int_equal(scale_colour(&signs, 0).red, scale_colour(&signs, 0).blue);
	assert_int_not_equal(scale_colour(&grey, NAN).green, scale_colour(&grey, NAN).red);
	struct scale flat = {PALETTE_GREY, 1, 1};
	assert_int_equal(scale_colour(&flat, 1).red, 128);
}

static void values_are_squares(void **state)
{
	(void)state;
	struct canvas canvas = canvas_new(8, 8);
	struct scale scale = {PALETTE_GREY, 0, 1};
	float value[6] = {0, 0.25f, 0.5f, 0.75f, 1, 0};
	canvas_values(&canvas, 1, 2, 2, 3, value, &scale, 2);
	for (size_t i = 0; i < 6; i++)
		for (size_t p = 0; p < 4; p++) {
			struct colour want = scale_colour(&scale, value[i]);
			assert_memory_equal(&canvas.pixel[(2 + i / 3 * 2 + p / 2) * 8 + 1 + i % 3 * 2 + p % 2], &want, sizeof want);
		}
	canvas_free(&canvas);
}

static void grids_show_sign_and_size(void **state)
{
	(void)state;
	struct grid grid = {.tall = 1, .wide = 2, .rows = 1, .columns = 2};
	float value[4] = {0, -4, 2, 4};
	uint8_t byte[3 * 7];
	assert_int_equal(grid_height(&grid), 3);
	assert_int_equal(grid_width(&grid), 7);
	grid_draw(&grid, value, NULL, byte);
	uint8_t want[3 * 7] = {0, 0, 0, 0, 0, 0, 0, 0, 128, 1, 0, 192, 255};
	assert_memory_equal(byte, want, sizeof want);
	bool present[2] = {false, true};
	grid_draw(&grid, value, present, byte);
	want[8] = want[9] = 0;
	assert_memory_equal(byte, want, sizeof want);
	memset(value, 0, sizeof value);
	grid_draw(&grid, value, NULL, byte);
	assert_int_equal(byte[8], 128);
}

static void png_gives_back_what_was_drawn(void **state)
{
	(void)state;
	struct err err = {0};
	struct canvas canvas = canvas_new(31, 12);
	canvas_text(&canvas, 1, 2, "b=0.5", red);
	size_t count;
	uint8_t *file = canvas_png(&canvas, &count, &err);
	assert_non_null(file);
	struct photo photo;
	assert_int_equal(photo_decode(&photo, "x.png", file, count, 3, white, &err), 0);
	assert_int_equal(photo.rows, 12);
	assert_int_equal(photo.columns, 31);
	for (size_t i = 0; i < 31 * 12; i++) {
		struct colour got = {photo.sample[i], photo.sample[372 + i], photo.sample[744 + i]};
		assert_memory_equal(&got, &canvas.pixel[i], sizeof got);
	}
	photo_free(&photo);
	free(file);
	canvas_free(&canvas);
}

/* Where a canvas is clear, what is behind shows through; without `clear` the same colour is a colour. */
static void clear_pixels_are_transparent(void **state)
{
	(void)state;
	struct err err = {0};
	const struct colour clear = CANVAS_CLEAR, behind = {12, 200, 7};
	struct canvas canvas = canvas_new(31, 12);
	canvas_text(&canvas, 1, 2, "5×5", red);
	canvas_fill(&canvas, 20, 3, 4, 5, clear);
	for (int is_clear = 0; is_clear < 2; is_clear++) {
		canvas.clear = is_clear != 0;
		size_t count;
		uint8_t *file = canvas_png(&canvas, &count, &err);
		struct photo photo;
		assert_non_null(file);
		assert_int_equal(photo_decode(&photo, "x.png", file, count, 3, behind, &err), 0);
		assert_int_equal(photo.transparent, is_clear);
		for (size_t i = 0; i < 31 * 12; i++) {
			struct colour got = {photo.sample[i], photo.sample[372 + i], photo.sample[744 + i]};
			bool through = is_clear && memcmp(&canvas.pixel[i], &clear, sizeof clear) == 0;
			assert_memory_equal(&got, through ? &behind : &canvas.pixel[i], sizeof got);
		}
		photo_free(&photo);
		free(file);
	}
	canvas_free(&canvas);
}

/* Those beyond ASCII that have shapes differ from a letter and from the box of the others. */
static void signs_have_shapes(void **state)
{
	(void)state;
	static const char *const sign[] = {"×", "−", "·", "α", "β", "é", "x", "o"};
	enum { SIGNS = sizeof sign / sizeof *sign };
	struct canvas drawn[SIGNS];
	for (size_t i = 0; i < SIGNS; i++) {
		drawn[i] = canvas_new(GLYPH_WIDTH, GLYPH_HEIGHT);
		canvas_text(&drawn[i], 0, 0, sign[i], red);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(drawn[i].pixel, drawn[k].pixel, GLYPH_WIDTH * GLYPH_HEIGHT * sizeof red);
	}
	for (size_t i = 0; i < SIGNS; i++)
		canvas_free(&drawn[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sides_have_limits),
		cmocka_unit_test(rectangles_are_clipped),
		cmocka_unit_test(characters_differ),
		cmocka_unit_test(a_character_beyond_ascii_takes_one_place),
		cmocka_unit_test(colours_follow_the_numbers),
		cmocka_unit_test(values_are_squares),
		cmocka_unit_test(grids_show_sign_and_size),
		cmocka_unit_test(png_gives_back_what_was_drawn),
		cmocka_unit_test(clear_pixels_are_transparent),
		cmocka_unit_test(signs_have_shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
