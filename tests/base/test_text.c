/* base: texts are measured, cut and filled in characters, control characters are seen, numbers and times are readable. */
#include <convoy/base.h>

#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

/* Characters of one to four bytes, by RFC 3629. */
static const char *const character[] = {"a", "é", "→", "😀"};
enum { KINDS = sizeof character / sizeof *character, LONG = 7 };

/* A text of LONG characters, other ones for each `number`, and the bytes before each of them. */
static void text_make(unsigned number, char text[4 * LONG + 1], size_t start[LONG + 1])
{
	text[0] = 0;
	for (size_t i = 0; i < LONG; i++, number /= KINDS) {
		start[i] = strlen(text);
		strcat(text, character[number % KINDS]);
	}
	start[LONG] = strlen(text);
}

static void characters_are_counted_and_kept_whole(void **state)
{
	(void)state;
	unsigned texts = 1;
	for (int i = 0; i < LONG; i++)
		texts *= KINDS;
	for (unsigned number = 0; number < texts; number++) {
		char text[4 * LONG + 1];
		size_t start[LONG + 1];
		text_make(number, text, start);
		assert_int_equal(text_columns(text), LONG);
		for (size_t columns = 0; columns < LONG + 3; columns++) {
			assert_int_equal(text_head(text, columns), start[columns < LONG ? columns : LONG]);
			assert_int_equal(text_gap(text, columns), columns > LONG ? columns - LONG : 0);
		}
		size_t whole = 0;
		for (size_t bytes = 0; bytes <= start[LONG]; bytes++) {
			whole += whole < LONG && start[whole + 1] == bytes;
			assert_int_equal(text_whole(text, bytes), start[whole]);
		}
	}
	assert_int_equal(text_columns(""), 0);
	assert_int_equal(text_head("", 3), 0);
	assert_int_equal(text_gap("", 3), 3);
}

static void a_mark_is_passed_over(void **state)
{
	(void)state;
	assert_string_equal(text_behind_mark("\xef\xbb\xbftext"), "text");
	assert_string_equal(text_behind_mark("\xef\xbb\xbf\xef\xbb\xbf"), "\xef\xbb\xbf");
	assert_string_equal(text_behind_mark("\xef\xbb"), "\xef\xbb");
	assert_string_equal(text_behind_mark(""), "");
}

/* The categories of Unicode: Cc is U+0000 … U+001F and U+007F … U+009F. */
static void control_characters_are_seen(void **state)
{
	(void)state;
	for (unsigned code = 1; code < 0x800; code++) {
		char two[] = {(char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f)), 0}, one[] = {(char)code, 0};
		bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
		assert_int_equal(text_control(code < 0x80 ? one : two), control ? 1 + (code >= 0x80) : 0);
	}
	assert_int_equal(text_control(""), 0);
	assert_int_equal(text_control("\xc2"), 0);
	assert_int_equal(text_control("\xe2\x80\xa8"), 3);
	assert_int_equal(text_control("\xe2\x80\xa9"), 3);
	assert_int_equal(text_control("\xe2\x80\xa7"), 0);
	assert_int_equal(text_control("\xe2\x80"), 0);
}

/* Ends of the ranges of table 3-7 of the Unicode standard, and what lies just beyond them. */
static void texts_that_no_file_may_hold_are_named(void **state)
{
	(void)state;
	static const char *const good[] = {"a", "\x7e", "\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
	                                   "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80", "\xc1\xbf", "\xc3", "\xe9", "\xe0\x9f\xbf", "\xed\xa0\x80",
	                                  "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"};
	static const char *const control[] = {"\n", "\x7f", "\xc2\x85", "\xe2\x80\xa8"};
	char text[16];
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(text, sizeof text, "a%sz", good[i]);
		assert_null(text_fault(text));
		assert_int_equal(text_character(good[i]), strlen(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "a%sz", bad[i]);
		assert_string_equal(text_fault(text), "is not UTF-8");
		assert_int_equal(text_character(bad[i]), 0);
	}
	for (size_t i = 0; i < sizeof control / sizeof *control; i++) {
		snprintf(text, sizeof text, "a%sz", control[i]);
		assert_string_equal(text_fault(text), "holds a control character");
	}
	assert_string_equal(text_fault(""), "is empty");
}

static void numbers_have_thousands(void **state)
{
	(void)state;
	static const struct {
		uint64_t number;
		const char *text;
	} cases[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {60850, "60,850"}, {100000, "100,000"},
	             {1000000, "1,000,000"}, {UINT64_MAX, "18,446,744,073,709,551,615"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[THOUSANDS];
		assert_string_equal(text_thousands(cases[i].number, text), cases[i].text);
	}
}

static void times_are_read(void **state)
{
	(void)state;
	static const struct {
		double seconds;
		const char *text;
	} cases[] = {{0, "0:00"}, {0.4, "0:00"}, {59.6, "1:00"}, {61, "1:01"}, {3599.4, "59:59"}, {3599.6, "1:00:00"},
	             {3723, "1:02:03"}, {360000, "100:00:00"}, {-1, "0:00"}, {1e300, "0:00"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[DURATION];
		assert_string_equal(text_duration(cases[i].seconds, text), cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_are_counted_and_kept_whole),
		cmocka_unit_test(a_mark_is_passed_over),
		cmocka_unit_test(control_characters_are_seen),
		cmocka_unit_test(texts_that_no_file_may_hold_are_named),
		cmocka_unit_test(numbers_have_thousands),
		cmocka_unit_test(times_are_read),
	};
	return cmocka_run_group_tests_name("base: texts", tests, NULL, NULL);
}
