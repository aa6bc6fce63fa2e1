/* What tells data sets apart: a digest of the samples that sees each of them, and names of classes. */
#include <convoy/data.h>

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { COUNT = 12, EACH = 6 };

static struct digest digest_of_set(const struct dataset *set)
{
	struct err err = {0};
	struct digest digest;
	assert_int_equal(dataset_digest(set, NULL, &digest, &err), 0);
	return digest;
}

/* SHA-256 of three parts, each behind its length: shape and count, pixels, labels. */
static void digest_is_of_shape_inputs_targets(void **state)
{
	(void)state;
	uint8_t pixels[COUNT * EACH], labels[COUNT];
	uint16_t class[COUNT];
	for (size_t i = 0; i < sizeof pixels; i++)
		pixels[i] = (uint8_t)(7 * i);
	for (size_t i = 0; i < COUNT; i++)
		labels[i] = (uint8_t)(class[i] = i % 4);
	const uint64_t sizes[] = {COUNT, 1, 2, 3};
	const void *parts[] = {sizes, pixels, labels};
	const size_t counts[] = {sizeof sizes, sizeof pixels, sizeof labels};
	struct dataset set = dataset_of(&(struct data_need){.shape = {1, 2, 3}, .classes = 4});
	set.count = COUNT;
	set.array[DATA_INPUTS].bytes = pixels;
	set.array[DATA_TARGETS].bytes = (uint8_t *)class;
	struct digest wanted = digest_of_parts(3, parts, counts), got = digest_of_set(&set);
	assert_memory_equal(&got, &wanted, sizeof got);

	set.classes = 9; /* how many there could be is the job's */
	got = digest_of_set(&set);
	assert_memory_equal(&got, &wanted, sizeof got);
	set.shape = (struct shape){1, 3, 2};
	got = digest_of_set(&set);
	assert_memory_not_equal(&got, &wanted, sizeof got);
	set.shape = (struct shape){1, 2, 3};
	for (size_t i = 0; i < COUNT * EACH; i += EACH - 1) {
		pixels[i] ^= 1;
		got = digest_of_set(&set);
		assert_memory_not_equal(&got, &wanted, sizeof got);
		pixels[i] ^= 1;
	}
	for (size_t i = 0; i < COUNT; i++) {
		class[i] ^= 1;
		got = digest_of_set(&set);
		assert_memory_not_equal(&got, &wanted, sizeof got);
		class[i] ^= 1;
	}
	got = digest_of_set(&set);
	assert_memory_equal(&got, &wanted, sizeof got);
}

static struct class_names names_of(size_t count, const char *const *name)
{
	struct err err = {0};
	struct class_names names = {0};
	assert_int_equal(class_names_copy(&names, count, name, &err), 0);
	return names;
}

static void names_are_compared_and_found(void **state)
{
	(void)state;
	struct class_names pets = names_of(3, (const char *const[]){"cat", "dog", "eel"});
	struct class_names some = names_of(2, (const char *const[]){"cat", "eel"});
	struct class_names twins = names_of(3, (const char *const[]){"cat", "cat", ""});
	struct class_names none = {0};
	assert_int_equal(class_names_differ(&pets, &some), 1);
	assert_int_equal(class_names_differ(&some, &pets), 1);
	assert_int_equal(class_names_differ(&pets, &pets), 3);
	assert_int_equal(class_names_differ(&pets, &none), 0);
	assert_int_equal(class_names_find(&pets, "eel"), 2);
	assert_int_equal(class_names_find(&pets, "ee"), 3);
	assert_int_equal(class_names_find(&twins, "cat"), 3); /* which? */
	assert_int_equal(class_names_find(&twins, ""), 2);
	assert_int_equal(class_names_find(&none, "cat"), 0);
	class_names_free(&pets);
	class_names_free(&some);
	class_names_free(&twins);
	assert_null(pets.name);
}

/* From Unicode's charts: é is U+00E9, or e and U+0301; й U+0439, or и and U+0306; ế U+1EBF, or e, U+0302, U+0301; が
 * U+304C, or か and U+3099. */
static void names_that_look_alike_are_known(void **state)
{
	(void)state;
	static const char *const alike[][2] = {
		{"caf\xc3\xa9", "cafe\xcc\x81"}, {"\xc3\xa9t\xc3\xa9", "e\xcc\x81te\xcc\x81"}, {"\xd0\xb9", "\xd0\xb8\xcc\x86"},
		{"\xe1\xba\xbf b", "e\xcc\x82\xcc\x81 b"}, {"\xe3\x81\x8c", "\xe3\x81\x8b\xe3\x82\x99"},
		{"\xc3\xa9te\xcc\x81", "e\xcc\x81t\xc3\xa9"},
	};
	static const char *const other[][2] = {
		{"cafe", "caf\xc3\xa9"}, {"cafe", "cafe\xcc\x81"}, {"caf\xc3\xa9", "caf\xc3\xa9"}, {"caf\xc3\xa9", "caf\xc3\xaa"},
		{"cafe\xcc\x81", "cafe\xcc\x81"}, {"caf\xc3\xa9s", "cafe\xcc\x81"}, {"caf\xc3\xa9", "cofe\xcc\x81"}, {"", "e\xcc\x81"},
		{"\xcc\x81", "\xc3\xa9"}, {"\xc3", "e\xcd"},
	};
	for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
		assert_true(class_name_alike(alike[i][0], alike[i][1]));
		assert_true(class_name_alike(alike[i][1], alike[i][0]));
	}
	for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
		assert_false(class_name_alike(other[i][0], other[i][1]));
		assert_false(class_name_alike(other[i][1], other[i][0]));
	}
	static const char *const name[] = {"dog", "cafe\xcc\x81", "cat", "caf\xc3\xa9"};
	size_t one, two;
	assert_true(class_names_alike(&(struct class_names){4, (char **)name}, &one, &two));
	assert_true(one == 1 && two == 3);
	assert_false(class_names_alike(&(struct class_names){3, (char **)name}, &one, &two));
}

static void cut_names_can_be_told_apart(void **state)
{
	(void)state;
	static const char *const name[] = {"harbour seal", "harbour porpoise", "été", "é", "harbour"};
	static const struct {
		size_t class, columns, room;
		const char *cut;
	} cases[] = {
		{0, 20, 40, "harbour seal"}, {0, 9, 40, "harbour s"}, {0, 8, 40, "0: harbo"}, {1, 8, 40, "1: harbo"},
		{0, 7, 40, "0: harb"}, {4, 7, 40, "4: harb"}, {4, 8, 40, "harbour"}, {0, 3, 40, "0: "}, {1, 2, 40, "1:"},
		{2, 2, 40, "ét"}, {2, 1, 40, "2"}, {2, 9, 3, "2:"}, {2, 9, 5, "ét"}, {3, 9, 4, "é"}, {0, 9, 1, ""},
	};
	const struct class_names names = {5, (char **)name};
	char text[40];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(class_names_cut(&names, cases[i].class, cases[i].columns, text, cases[i].room),
		                    cases[i].cut);
}

static void numbers_in_their_order_are_no_names(void **state)
{
	(void)state;
	struct class_names numbers = names_of(11, (const char *const[]){"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"});
	struct class_names sorted = names_of(3, (const char *const[]){"0", "1", "10"});
	struct class_names padded = names_of(2, (const char *const[]){"00", "01"});
	assert_true(class_names_are_numbers(&numbers));
	assert_false(class_names_are_numbers(&sorted));
	assert_false(class_names_are_numbers(&padded));
	assert_true(class_names_are_numbers(&(struct class_names){0}));
	class_names_free(&numbers);
	class_names_free(&sorted);
	class_names_free(&padded);
}

static void numbers_are_names_beside_others(void **state)
{
	(void)state;
	struct class_names from0 = names_of(3, (const char *const[]){"0", "1", "2"});
	struct class_names from1 = names_of(3, (const char *const[]){"1", "2", "3"});
	struct class_names some = names_of(2, (const char *const[]){"0", "1"});
	struct class_names pets = names_of(3, (const char *const[]){"cat", "dog", "eel"});
	struct class_names none = {0};
	assert_true(class_names_count(&from0, &from1));
	assert_true(class_names_count(&from1, &from0));
	assert_true(class_names_count(&some, &from1));
	assert_true(class_names_count(&pets, &from1));
	assert_true(class_names_count(&pets, &none));
	assert_false(class_names_count(&from0, &pets));
	assert_false(class_names_count(&pets, &from0));
	assert_false(class_names_count(&some, &from0));
	assert_false(class_names_count(&from0, &none));
	assert_false(class_names_count(&none, &pets));
	class_names_free(&from0);
	class_names_free(&from1);
	class_names_free(&some);
	class_names_free(&pets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digest_is_of_shape_inputs_targets),
		cmocka_unit_test(names_are_compared_and_found),
		cmocka_unit_test(names_that_look_alike_are_known),
		cmocka_unit_test(cut_names_can_be_told_apart),
		cmocka_unit_test(numbers_in_their_order_are_no_names),
		cmocka_unit_test(numbers_are_names_beside_others),
	};
	return cmocka_run_group_tests_name("data: identity", tests, NULL, NULL);
}
