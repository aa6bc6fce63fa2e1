/* base: the first error wins, products are checked, texts are whole, JSON is JSON, random numbers depend on key and
 * counter alone. */
#include <convoy/base.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static void first_error_wins(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(err_set(&err, EX_DATAERR, "kernel %d", 7), -1);
	assert_int_equal(err_set(&err, EX_IOERR, "later"), -1);
	assert_int_equal(err.code, EX_DATAERR);
	assert_string_equal(err.text, "kernel 7");
	err_prefix(&err, "job.yaml:%d", 3);
	assert_string_equal(err.text, "job.yaml:3: kernel 7");
}

static void long_texts_are_cut(void **state)
{
	(void)state;
	struct err err = {0};
	char text[2000];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = 0;
	err_set(&err, EX_DATAERR, "%s", text);
	err_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

/* A path as long as paths can be leaves the reason readable, and no character is cut in two. */
static void long_texts_keep_their_end(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 6; shift++) {
		struct err err = {0};
		char path[4095] = "";
		memset(path, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof path; i += 3)
			memcpy(path + i, "→", 4);
		err_set(&err, EX_NOINPUT, "%s: No such file", path);
		assert_true(strlen(err.text) > sizeof err.text - 8);
		assert_string_equal(err.text + strlen(err.text) - 14, ": No such file");
		err_prefix(&err, "%s", path);
		assert_string_equal(err.text + strlen(err.text) - 14, ": No such file");
		size_t gaps = 0;
		for (const char *c = err.text + shift; strcmp(c, ": No such file") != 0; c += 3) {
			assert_true(memcmp(c, "→", 3) == 0 || memcmp(c, "…", 3) == 0);
			gaps += memcmp(c, "…", 3) == 0;
			assert_true(c < err.text + sizeof err.text);
		}
		assert_true(gaps >= 1 && gaps <= 2);
	}
}

static const char *nearest(const char *typed)
{
	static const char *const words[] = {"train", "eval", "show", "set", "rate", "rotation", "relu", "no"};
	struct suggestion suggestion = {.typed = typed, .length = strlen(typed)};
	for (size_t w = 0; w < sizeof words / sizeof *words; w++)
		suggestion_offer(&suggestion, words[w]);
	return suggestion.word != NULL ? suggestion.word : "";
}

static void suggestions_are_near(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"trian", "train"}, {"tran", "train"}, {"trains", "train"}, {"trahn", "train"}, {"rtani", "train"},
		{"Train", "train"}, {"TRAIN", "train"}, {"ReLU", "relu"}, {"rleu", "relu"}, {"raet", "rate"}, {"sohw", "show"},
		{"art", ""}, {"x", ""}, {"", ""}, {"ho", "no"}, {"on", "no"}, {"frob", ""}, {"trinable", ""},
		{"set", "set"}, {"sett", "set"}, {"rotaiton", "rotation"},
		{"rotation rotation rotation rotation rotation", ""},
	};
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
		assert_string_equal(nearest(rows[r][0]), rows[r][1]);
}

static void products_are_checked(void **state)
{
	(void)state;
	size_t product = 5;
	assert_true(size_multiply(3, 4, &product));
	assert_int_equal(product, 12);
	assert_false(size_multiply(SIZE_MAX / 2, 3, &product));
	assert_int_equal(product, 12);

	struct err err = {0};
	assert_null(memory_zeroed(SIZE_MAX / 2, 3, &err));
	assert_int_equal(err.code, EX_OSERR);
}

static void memory_is_zeroed_and_aligned(void **state)
{
	(void)state;
	struct err err = {0};
	for (size_t count = 0; count < 300; count += 37) {
		unsigned char *memory = memory_zeroed(count, 1, &err);
		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % 64, 0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(memory[i], 0);
		free(memory);
	}
}

/* Whether the mapping that holds `at` has this flag in /proc/self/smaps. */
static bool mapping_has(const void *at, const char *flag)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[512];
	bool within = false, has = false;
	while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
		unsigned long first, end;
		if (sscanf(line, "%lx-%lx ", &first, &end) == 2)
			within = (uintptr_t)at >= first && (uintptr_t)at < end;
		else if (within && strncmp(line, "VmFlags:", 8) == 0)
			has = strstr(line, flag) != NULL;
	}
	if (maps != NULL)
		fclose(maps);
	return has;
}

/* Of the size of a huge page it begins on one and asks for more, where the system has any. */
static void large_memory_is_on_huge_pages(void **state)
{
	(void)state;
	enum { HUGE_PAGE = 2 << 20 };
	struct err err = {0};
	bool offered = access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) == 0;
	for (size_t size = HUGE_PAGE / 2; size <= 8 * HUGE_PAGE; size *= 2) {
		unsigned char *memory = memory_zeroed(size, 1, &err);
		assert_non_null(memory);
		size_t sum = 0;
		for (size_t i = 0; i < size; i++)
			sum += memory[i];
		assert_int_equal(sum, 0);
		assert_true(size < HUGE_PAGE || (uintptr_t)memory % HUGE_PAGE == 0);
		assert_true(size < HUGE_PAGE || !offered || mapping_has(memory, " hg"));
		free(memory);
	}
}

static void random_numbers_are_keyed(void **state)
{
	(void)state;
	uint64_t bits = random_bits(1, RANDOM_ORDER, 2, 3);
	assert_true(bits == random_bits(1, RANDOM_ORDER, 2, 3));
	assert_true(bits != random_bits(2, RANDOM_ORDER, 2, 3));
	assert_true(bits != random_bits(1ull << 32 | 1, RANDOM_ORDER, 2, 3));
	assert_true(bits != random_bits(1, RANDOM_WEIGHTS, 2, 3));
	assert_true(bits != random_bits(1, RANDOM_ORDER, 3, 3));
	assert_true(bits != random_bits(1, RANDOM_ORDER, 2, 4));

	double sum = 0, square = 0;
	enum { COUNT = 100000 };
	for (uint64_t i = 0; i < COUNT; i++) {
		double u = random_uniform(7, RANDOM_WEIGHTS, 0, i);
		assert_true(u >= 0 && u < 1);
		sum += u;
		square += u * u;
	}
	/* Means of u and u²: 1/2 and 1/3; four standard deviations of a mean of 100,000. */
	assert_true(sum / COUNT > 0.5 - 0.004 && sum / COUNT < 0.5 + 0.004);
	assert_true(square / COUNT > 1 / 3. - 0.004 && square / COUNT < 1 / 3. + 0.004);
}

/* A stream is the same in whatever pieces it is read. */
static void random_words_are_a_stream(void **state)
{
	(void)state;
	uint32_t whole[40], piece[9];
	random_words(5, RANDOM_DISTORT, 7, 11, 0, 40, whole);
	for (uint64_t i = 0; i < 10; i++) {
		uint64_t bits = random_bits(5, RANDOM_DISTORT, 7, 11 | i << 32);
		assert_true(bits == ((uint64_t)whole[4 * i + 1] << 32 | whole[4 * i]));
	}
	random_words(5, RANDOM_DISTORT, 7, 11, 20, 9, piece);
	assert_memory_equal(piece, whole + 20, sizeof piece);
}

static void random_below_stays_below(void **state)
{
	(void)state;
	unsigned seen[7] = {0};
	for (uint64_t i = 0; i < 7000; i++)
		seen[random_below(3, RANDOM_ORDER, 0, i, 7)]++;
	for (size_t i = 0; i < 7; i++)
		assert_in_range(seen[i], 850, 1150);
	assert_int_equal(random_below(3, RANDOM_ORDER, 0, 0, 1), 0);
}

/* What a compiler must not leave out: GCC 12 at -O2 did. */
__attribute__((noinline)) static void pair_round(double *pair)
{
	float first = (float)pair[0], second = (float)pair[1];
	pair[0] = (double)first;
	pair[1] = (double)second;
}

static void doubles_are_rounded_to_float_and_back(void **state)
{
	(void)state;
	double pair[2] = {0.1, 0.2};
	pair_round(pair);
	assert_true(pair[0] == 13421773 * 0x1p-27 && pair[1] == 13421773 * 0x1p-26);
}

/* However it is printed, the text is there whole, with a NUL behind it. */
static void texts_are_printed_into_memory(void **state)
{
	(void)state;
	enum { LINES = 20000, BYTES = 6 };
	struct err err = {0};
	struct memory_stream stream;
	size_t length = 0;
	assert_int_equal(memory_stream_open(&stream, &err), 0);
	for (int i = 0; i < LINES; i++)
		fprintf(stream.file, "%05d\n", i);
	char *text = memory_stream_close(&stream, &length, &err);
	assert_int_equal(length, LINES * BYTES);
	assert_int_equal(strlen(text), length);
	for (int i = 0; i < LINES; i++)
		assert_int_equal(strtol(text + BYTES * i, NULL, 10), i);
	free(text);

	assert_int_equal(memory_stream_open(&stream, &err), 0);
	text = memory_stream_close(&stream, &length, &err);
	assert_string_equal(text, "");
	assert_int_equal(length, 0);
	free(text);
	assert_null(memory_stream_close(&(struct memory_stream){0}, &length, &err));
}

/* Escapes of RFC 8259; what is UTF-8, RFC 3629 says. */
static void json_strings_are_json(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"", "\"\""}, {"a b", "\"a b\""}, {"\"\\", "\"\\\"\\\\\""}, {"\n\x1f\x7f", "\"\\u000a\\u001f\\u007f\""},
		{"</script>", "\"\\u003c/script>\""}, {"é€\xf0\x9f\x98\x80", "\"é€\xf0\x9f\x98\x80\""},
		{"\xff" "a", "\"\\ufffda\""}, {"\x80", "\"\\ufffd\""}, {"\xc3", "\"\\ufffd\""},
		{"\xe2\x82", "\"\\ufffd\\ufffd\""},
		{"\xc0\xaf", "\"\\ufffd\\ufffd\""}, {"\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\""}, /* longer than needed */
		{"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},                                     /* half of a pair */
		{"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},                          /* above U+10FFFF */
		{"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", "\"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf\""},
	};
	for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
		struct err err = {0};
		struct memory_stream stream;
		assert_int_equal(memory_stream_open(&stream, &err), 0);
		json_text(stream.file, rows[r][0]);
		char *text = memory_stream_close(&stream, NULL, &err);
		assert_string_equal(text, rows[r][1]);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_are_rounded_to_float_and_back),
		cmocka_unit_test(first_error_wins),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(long_texts_keep_their_end),
		cmocka_unit_test(suggestions_are_near),
		cmocka_unit_test(products_are_checked),
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(large_memory_is_on_huge_pages),
		cmocka_unit_test(texts_are_printed_into_memory),
		cmocka_unit_test(json_strings_are_json),
		cmocka_unit_test(random_numbers_are_keyed),
		cmocka_unit_test(random_words_are_a_stream),
		cmocka_unit_test(random_below_stays_below),
	};
	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
