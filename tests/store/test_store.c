/* store: what is put in comes out again, equal content gives equal bytes, what differs is refused by name. */
#include <convoy/store.h>

#include <setjmp.h>
#include <cmocka.h>
#include <malloc.h>

#include "store/content.h"
#include "store/folder.h"

static const size_t type_bytes[] = {1, 4, 8, 8, 4, 8};

static struct store *store_load(const char *name)
{
	struct err err = {0};
	struct store *store = store_open(in_folder(folder, name), &err);
	assert_string_equal(err.text, "");
	assert_non_null(store);
	return store;
}

/* Every type at every rank, with extents 0 … 3 in every place: bytes that look like nothing special. */
static void every_array_comes_back(void **state)
{
	(void)state;
	struct err err = {0};
	uint8_t data[4096], back[4096], untouched[4096];
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(random_bits(1, RANDOM_CHECK, 0, i) & 0x3f); /* no NaN: all floats compare as bytes */
	memset(untouched, 0xee, sizeof untouched);

	for (int reopened = 0; reopened < 2; reopened++) {
		struct store *store = reopened ? store_load("round.h5") : store_create(&err);
		for (size_t rank = 0; rank <= STORE_RANK; rank++)
			for (enum store_type type = STORE_U8; type <= STORE_F64; type++)
				for (unsigned shape = 0; shape < 1u << 2 * rank; shape++) {
					char path[64];
					struct store_array array = {.path = path, .type = type, .rank = rank};
					snprintf(path, sizeof path, "/rank%zu/type%d/%u", rank, (int)type, shape);
					size_t bytes = type_bytes[type];
					for (size_t i = 0; i < rank; i++)
						bytes *= array.dims[i] = shape >> 2 * i & 3;
					if (rank == 4 && shape % 7 != 0)
						continue;
					if (!reopened) {
						assert_int_equal(store_put(store, &array, bytes == 0 ? NULL : data, &err), 0);
						continue;
					}
					memset(back, 0xee, sizeof back);
					assert_int_equal(store_get(store, &array, back, &err), 0);
					assert_memory_equal(back, data, bytes);
					assert_memory_equal(back + bytes, untouched, sizeof back - bytes);
					struct store_array found = {.path = path};
					assert_int_equal(store_find(store, &found, &err), 0);
					assert_int_equal(found.type, type);
					assert_int_equal(found.rank, rank);
					assert_memory_equal(found.dims, array.dims, sizeof found.dims);
				}
		if (reopened)
			store_destroy(store);
		else
			store_save(store, "round.h5", 1);
	}
}

/* The file's byte order and formats are fixed, whatever machine writes: numbers with the bytes they must have. */
static void numbers_are_little_endian(void **state)
{
	(void)state;
	const struct {
		enum store_type type;
		const void *value;
		const char *bytes;
	} cases[] = {
		{STORE_I32, &(int32_t){-0x01020304}, "\xfc\xfc\xfd\xfe"},
		{STORE_I64, &(int64_t){-0x0102030405060708}, "\xf8\xf8\xf9\xfa\xfb\xfc\xfd\xfe"},
		{STORE_U64, &(uint64_t){0xf1f2f3f4f5f6f7f8}, "\xf8\xf7\xf6\xf5\xf4\xf3\xf2\xf1"},
		{STORE_F32, &(float){3.14159274f}, "\xdb\x0f\x49\x40"},                       /* IEEE 754 of π */
		{STORE_F64, &(double){3.141592653589793}, "\x18\x2d\x44\x54\xfb\x21\x09\x40"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = {0};
		struct image image;
		struct store *store = store_create(&err);
		struct store_array array = {.path = "/x", .type = cases[i].type};
		assert_int_equal(store_put(store, &array, cases[i].value, &err), 0);
		assert_int_equal(store_image(store, 0, &image, &err), 0);
		assert_non_null(memmem(image.bytes, image.count, cases[i].bytes, type_bytes[cases[i].type]));
		image_destroy(&image);
		store_destroy(store);
	}
}

static void attributes_and_names_come_back(void **state)
{
	(void)state;
	struct err err = {0};
	enum { LONG = 300000 };
	static char text_of[LONG + 1];
	memset(text_of, 'y', LONG);
	const size_t lengths[] = {0, 1, 59999, 60000, LONG}; /* around the limit of an attribute */
	const char *names[] = {"T-shirt/top", "", "Knöchelschuh"};

	struct store *store = store_create(&err);
	assert_int_equal(store_set_text(store, "job", "name: x\n# größer\n", &err), 0);
	assert_int_equal(store_set_number(store, "seed", UINT64_MAX, &err), 0);
	for (size_t i = 0; i < 5; i++) {
		char name[] = {'t', (char)('0' + i), 0};
		text_of[lengths[i]] = 0;
		assert_int_equal(store_set_text(store, name, text_of, &err), 0);
		text_of[lengths[i]] = 'y';
	}
	assert_int_equal(store_put_names(store, "/classes", "names of the classes", 3, names, &err), 0);
	assert_int_equal(store_put_names(store, "/no/names", NULL, 0, NULL, &err), 0);
	store_save(store, "text.h5", INT64_MAX);

	store = store_load("text.h5");
	uint64_t number = 0;
	assert_int_equal(store_number(store, "seed", &number, &err), 0);
	assert_true(number == UINT64_MAX);
	assert_int_equal(store_number(store, "step", &number, &err), 0);
	assert_true(number == INT64_MAX);
	char *text = store_text(store, "job", &err);
	assert_string_equal(text, "name: x\n# größer\n");
	free(text);
	for (size_t i = 0; i < 5; i++) {
		char name[] = {'t', (char)('0' + i), 0};
		text = store_text(store, name, &err);
		assert_non_null(text);
		assert_int_equal(strlen(text), lengths[i]);
		assert_int_equal(strspn(text, "y"), lengths[i]);
		free(text);
	}
	size_t count;
	char **back;
	assert_int_equal(store_get_names(store, "/classes", &count, &back, &err), 0);
	assert_int_equal(count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(back[i], names[i]);
	free(back);
	assert_int_equal(store_get_names(store, "/no/names", &count, &back, &err), 0);
	assert_int_equal(count, 0);
	free(back);
	assert_true(store_has(store, "/classes"));
	assert_false(store_has(store, "/no"));
	assert_false(store_has(store, "/none"));
	store_destroy(store);
}

/* Whatever fresh memory holds, whenever it is: no stray byte and no time gets into a file. */
static void equal_content_gives_equal_bytes(void **state)
{
	(void)state;
	struct err err = {0};
	struct image first, second, other;
	struct store *a, *b, *c;
	mallopt(M_PERTURB, 0x5a);
	a = store_filled(1);
	assert_int_equal(store_image(a, 7, &first, &err), 0);
	mallopt(M_PERTURB, 0xc3);
	sleep(1);
	b = store_filled(1);
	assert_int_equal(store_image(b, 7, &second, &err), 0);
	c = store_filled(2);
	assert_int_equal(store_image(c, 7, &other, &err), 0);
	mallopt(M_PERTURB, 0);
	assert_int_equal(first.count, second.count);
	assert_memory_equal(first.bytes, second.bytes, first.count);
	assert_true(first.count != other.count || memcmp(first.bytes, other.bytes, first.count) != 0);
	image_destroy(&first);
	image_destroy(&second);
	image_destroy(&other);
	store_destroy(a);
	store_destroy(b);
	store_destroy(c);
}

/* HDF5 takes files in memory for one when they share a name: these must not. */
static void two_stores_are_two(void **state)
{
	(void)state;
	struct err err = {0};
	store_save(store_filled(1), "one.h5", 1);
	store_save(store_filled(2), "two.h5", 1);
	struct store *one = store_load("one.h5"), *two = store_load("two.h5"), *same = store_load("one.h5");
	struct store_array array = {"/layers/01-convolution/kernels", STORE_F32, 4, {2, 1, 3, 3}, {NULL}, NULL, false};
	float a[18], b[18], c[18];
	assert_int_equal(store_get(one, &array, a, &err), 0);
	store_destroy(one);
	assert_int_equal(store_get(two, &array, b, &err), 0);
	assert_int_equal(store_get(same, &array, c, &err), 0);
	assert_true(a[0] == 1 && b[0] == 2 && c[0] == 1);
	store_destroy(two);
	store_destroy(same);
}

static void what_differs_is_named(void **state)
{
	(void)state;
	static const char path[] = "/layers/01-convolution/kernels";
	static const struct {
		struct store_array array;
		const char *text;
	} cases[] = {
		{{path, STORE_F64, 4, {2, 1, 3, 3}, {NULL}, NULL, false},
		 "/layers/01-convolution/kernels: is float32 [2][1][3][3], not float64 [2][1][3][3]"},
		{{path, STORE_F32, 3, {2, 1, 3}, {NULL}, NULL, false},
		 "/layers/01-convolution/kernels: is float32 [2][1][3][3], not float32 [2][1][3]"},
		{{path, STORE_F32, 4, {2, 1, 3, 4}, {NULL}, NULL, false},
		 "/layers/01-convolution/kernels: is float32 [2][1][3][3], not float32 [2][1][3][4]"},
		{{path, STORE_F32, 0, {0}, {NULL}, NULL, false},
		 "/layers/01-convolution/kernels: is float32 [2][1][3][3], not float32"},
		{{"/layers/02-pooling/beta", STORE_F64, 2, {0, 1}, {NULL}, NULL, false},
		 "/layers/02-pooling/beta: is float64 [0], not float64 [0][1]"},
		{{"/layers/01-convolution/biases", STORE_F32, 1, {2}, {NULL}, NULL, false},
		 "/layers/01-convolution/biases: no such array"},
		{{"/layers/09/biases", STORE_F32, 1, {2}, {NULL}, NULL, false}, "/layers/09/biases: no such array"},
		{{"/classes", STORE_F32, 1, {2}, {NULL}, NULL, false},
		 "/classes: is no array of numbers of a type convoy writes"},
		{{"classes", STORE_F32, 1, {2}, {NULL}, NULL, false}, "classes: is not a path as it should be"},
		{{"/layers/../classes", STORE_F32, 1, {2}, {NULL}, NULL, false},
		 "/layers/../classes: is not a path as it should be"},
	};
	store_save(store_filled(1), "differs.h5", 1);
	struct store *store = store_load("differs.h5");
	float data[64];
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct err err = {0};
		assert_int_equal(store_get(store, &cases[i].array, data, &err), -1);
		assert_error(&err, EX_DATAERR, "differs.h5", cases[i].text);
	}
	struct err names = {0}, number = {0}, text = {0}, absent = {0}, written = {0};
	char **list;
	size_t count;
	uint64_t value;
	assert_int_equal(store_get_names(store, path, &count, &list, &names), -1);
	assert_error(&names, EX_DATAERR, "differs.h5", "/layers/01-convolution/kernels: is no list of names");
	assert_int_equal(store_number(store, "format", &value, &number), -1);
	assert_error(&number, EX_DATAERR, "differs.h5", "format: is not an attribute of type uint64");
	assert_null(store_text(store, "step", &text));
	assert_error(&text, EX_DATAERR, "differs.h5", "step: is not an attribute of fixed-length text");
	assert_null(store_text(store, "job", &absent));
	assert_error(&absent, EX_DATAERR, "differs.h5", "job: no such attribute");
	assert_int_equal(store_set_number(store, "seed", 1, &written), -1);
	assert_int_equal(written.code, EX_DATAERR);
	store_destroy(store);
}

static void what_cannot_be_put_is_refused(void **state)
{
	(void)state;
	struct err err = {0}, twice = {0}, below = {0}, product = {0}, step = {0}, finished = {0}, big = {0};
	struct store *store = store_create(&err);
	struct store_array array = {.path = "/a", .type = STORE_U8, .rank = 1, .dims = {1}};
	uint8_t data[1] = {1};
	assert_int_equal(store_put(store, &array, data, &err), 0);
	assert_int_equal(store_put(store, &array, data, &twice), -1);
	assert_string_equal(twice.text, "checkpoint: /a: stands there already");
	array.path = "/a/b";
	assert_int_equal(store_put(store, &array, data, &below), -1);
	array = (struct store_array){.path = "/b", .type = STORE_U8, .rank = 2, .dims = {SIZE_MAX / 2, 3}};
	assert_int_equal(store_put(store, &array, data, &product), -1);
	assert_string_equal(product.text, "checkpoint: /b: has dimensions whose product is above 2^64");

	struct image image;
	assert_int_equal(store_set_number(store, "step", 3, &err), 0);
	assert_int_equal(store_image(store, 1ull << 63, &image, &big), -1);
	assert_int_equal(store_image(store, 4, &image, &step), -1);
	assert_string_equal(step.text, "checkpoint: attribute step is 3, not 4");
	assert_int_equal(store_image(store, 3, &image, &err), 0);
	image_destroy(&image);
	array = (struct store_array){.path = "/c", .type = STORE_U8};
	assert_int_equal(store_put(store, &array, data, &finished), -1);
	store_destroy(store);
	store_destroy(NULL);
}

struct visits {
	char text[512];
	int left;
};

static int visit_noted(void *context, const char *path, struct err *err)
{
	struct visits *visits = context;
	strcat(strcat(visits->text, path), " ");
	return --visits->left == 0 ? err_set(err, EX_SOFTWARE, "stopped") : 0;
}

static void a_walk_sees_every_array_in_order(void **state)
{
	(void)state;
	struct err err = {0};
	struct visits all = {.left = -1}, two = {.left = 2};
	struct store *store = store_filled(1);
	assert_int_equal(store_walk(store, visit_noted, &all, &err), 0);
	assert_string_equal(all.text, "/layers/01-convolution/kernels /layers/02-pooling/beta /pictures/kernels ");
	assert_int_equal(store_walk(store, visit_noted, &two, &err), -1);
	assert_string_equal(two.text, "/layers/01-convolution/kernels /layers/02-pooling/beta ");
	assert_string_equal(err.text, "stopped");
	store_destroy(store);
}

static void the_header_is_text(void **state)
{
	(void)state;
	struct err err = {0};
	struct image image;
	struct store *store = store_filled(1);
	assert_int_equal(store_image(store, 12, &image, &err), 0);
	store_destroy(store);
	char sum[2 * DIGEST_BYTES + 1], start[256];
	struct digest digest = digest_of(image.bytes + 512, image.count - 512);
	digest_text(&digest, sum);
	int length = snprintf(start, sizeof start, "convoy-checkpoint 1\nstep=12\nlength=%zu\nsha256=%s\n",
	                      image.count - 512, sum);
	assert_memory_equal(image.bytes, start, (size_t)length);
	for (size_t i = 0; i < 512; i++)
		assert_true(image.bytes[i] == '\n' || (image.bytes[i] >= ' ' && image.bytes[i] <= '~'));
	assert_int_equal(image.bytes[511], '\n');
	assert_memory_equal(image.bytes + 512, "\211HDF\r\n\032\n", 8);
	image_destroy(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_array_comes_back),
		cmocka_unit_test(numbers_are_little_endian),
		cmocka_unit_test(attributes_and_names_come_back),
		cmocka_unit_test(equal_content_gives_equal_bytes),
		cmocka_unit_test(two_stores_are_two),
		cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(what_cannot_be_put_is_refused),
		cmocka_unit_test(a_walk_sees_every_array_in_order),
		cmocka_unit_test(the_header_is_text),
	};
	return cmocka_run_group_tests_name("store: content", tests, folder_setup, folder_teardown);
}
