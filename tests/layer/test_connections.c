/* layer: connection tables. */
#include <convoy/layer.h>

#include "kernel/lanes.h"

/* The table and its transposed half say what the matrix [out_maps][in_maps] says, and lists ascend. */
static void expect_table(const struct connections *t, size_t in_maps, size_t out_maps, const unsigned char *matrix)
{
	uint32_t count = 0, back = 0;
	assert_int_equal(t->in_maps, in_maps);
	assert_int_equal(t->out_maps, out_maps);
	uint32_t *entry = calloc(in_maps * out_maps, sizeof *entry);
	assert_non_null(entry);
	for (size_t j = 0; j < out_maps; j++) {
		assert_int_equal(t->first[j], count);
		for (size_t i = 0; i < in_maps; i++)
			if (matrix[j * in_maps + i]) {
				assert_true(count < t->count);
				entry[j * in_maps + i] = count;
				assert_int_equal(t->input[count++], i);
			}
	}
	assert_int_equal(t->first[out_maps], count);
	assert_int_equal(t->count, count);
	for (size_t i = 0; i < in_maps; i++) {
		assert_int_equal(t->back[i], back);
		for (size_t j = 0; j < out_maps; j++)
			if (matrix[j * in_maps + i]) {
				assert_int_equal(t->back_out[back], j);
				assert_int_equal(t->back_at[back++], entry[j * in_maps + i]);
			}
	}
	assert_int_equal(t->back[in_maps], count);
	free(entry);
}

static struct connections *make(enum connection_kind kind, size_t in_maps, size_t out_maps,
                                const struct connection_list *list)
{
	struct err err = {0};
	struct connections *table = connections_create(kind, in_maps, out_maps, list, &err);
	assert_string_equal(err.text, "");
	assert_non_null(table);
	return table;
}

/* LeCun, Bottou, Bengio, Haffner 1998, "Gradient-based learning applied to document recognition", Table I, column by
 * column: which maps of S2 feed each map of C3. */
static void lenet5_is_the_papers_table(void **state)
{
	(void)state;
	static const char *const column[16] = {
		"012",  "123",  "234",  "345",  "045",  "015",  "0123", "1234",
		"2345", "0345", "0145", "0125", "0134", "1245", "0235", "012345",
	};
	unsigned char matrix[16 * 6] = {0};
	for (size_t j = 0; j < 16; j++)
		for (const char *c = column[j]; *c != 0; c++)
			matrix[j * 6 + (size_t)(*c - '0')] = 1;
	struct connections *table = make(CONNECT_LENET5, 6, 16, NULL);
	assert_int_equal(table->count, 60);
	expect_table(table, 6, 16, matrix);
	connections_destroy(table);
}

static void full_connects_every_pair(void **state)
{
	(void)state;
	unsigned char matrix[7 * 7];
	memset(matrix, 1, sizeof matrix);
	for (size_t in = 1; in <= 7; in++)
		for (size_t out = 1; out <= 7; out++) {
			struct connections *table = make(CONNECT_FULL, in, out, NULL);
			expect_table(table, in, out, matrix);
			connections_destroy(table);
		}
}

/* All sets of two or three in lexicographic order by nested loops, cut or from the first again. */
static void pairs_and_triples_are_lexicographic(void **state)
{
	(void)state;
	enum { MOST_IN = 7, MOST_OUT = 80 };
	for (size_t size = 2; size <= 3; size++)
		for (size_t in = size; in <= MOST_IN; in++)
			for (size_t out = 1; out <= MOST_OUT; out += out < 40 ? 1 : 8) {
				unsigned char matrix[MOST_OUT * MOST_IN] = {0};
				size_t j = 0;
				while (j < out)
					for (size_t a = 0; a < in; a++)
						for (size_t b = a + 1; b < in; b++)
							for (size_t c = size == 2 ? in - 1 : b + 1; c < in && j < out; c++, j++) {
								matrix[j * in + a] = matrix[j * in + b] = 1;
								if (size == 3)
									matrix[j * in + c] = 1;
							}
				struct connections *table = make(size == 2 ? CONNECT_PAIRS : CONNECT_TRIPLES, in, out, NULL);
				assert_int_equal(table->count, size * out);
				expect_table(table, in, out, matrix);
				connections_destroy(table);
			}
}

static void lists_and_their_transposed_half_agree(void **state)
{
	(void)state;
	struct dice dice = {.seed = 71};
	for (size_t n = 0; n < 300; n++) {
		enum { MOST = 12 };
		size_t in = dice_from(&dice, 1, MOST), out = dice_from(&dice, 1, MOST), density = dice_from(&dice, 1, 5);
		unsigned char matrix[MOST * MOST] = {0};
		uint32_t first[MOST + 1], input[MOST * MOST], count = 0;
		for (size_t j = 0; j < out; j++) {
			first[j] = count;
			for (size_t i = 0; i < in; i++)
				if (dice_below(&dice, density) == 0 || (i == in - 1 && count == first[j])) {
					matrix[j * in + i] = 1;
					input[count++] = (uint32_t)i;
				}
		}
		first[out] = count;
		struct connection_list list = {out, first, input};
		struct connections *table = make(CONNECT_LIST, in, out, &list);
		expect_table(table, in, out, matrix);
		connections_destroy(table);
	}
}

/* Groups count themselves, and so do lists that say the same; nothing else does. */
static void groups_are_apart(void **state)
{
	(void)state;
	for (size_t groups = 1; groups <= 5; groups++)
		for (size_t in = groups; in <= 3 * groups; in += groups)
			for (size_t out = groups; out <= 4 * groups; out += groups) {
				struct err err = {0};
				unsigned char matrix[15 * 20] = {0};
				for (size_t j = 0; j < out; j++)
					for (size_t i = 0; i < in; i++)
						matrix[j * in + i] = j / (out / groups) == i / (in / groups);
				struct connections *table = connections_groups(groups, in, out, &err);
				assert_non_null(table);
				expect_table(table, in, out, matrix);
				assert_int_equal(connections_group_count(table), groups);
				struct connection_list list = {out, (uint32_t *)table->first, (uint32_t *)table->input};
				struct connections *same = make(CONNECT_LIST, in, out, &list);
				assert_int_equal(connections_group_count(same), groups);
				connections_destroy(same);
				connections_destroy(table);
			}
	struct connections *lenet5 = make(CONNECT_LENET5, 6, 16, NULL);
	assert_int_equal(connections_group_count(lenet5), 1);
	connections_destroy(lenet5);

	/* As long as groups of two, but others; then of one length that divides nothing. */
	uint32_t first[] = {0, 2, 4, 6, 8}, crossed[] = {0, 1, 2, 3, 0, 1, 2, 3}, third[] = {0, 1, 0, 1, 1, 2, 1, 2};
	struct connections *others = make(CONNECT_LIST, 4, 4, &(struct connection_list){4, first, crossed});
	assert_int_equal(connections_group_count(others), 1);
	connections_destroy(others);
	others = make(CONNECT_LIST, 3, 4, &(struct connection_list){4, first, third});
	assert_int_equal(connections_group_count(others), 1);
	connections_destroy(others);
}

static void expect_refused(enum connection_kind kind, size_t in_maps, size_t out_maps,
                           const struct connection_list *list, const char *text)
{
	struct err err = {0};
	assert_null(connections_create(kind, in_maps, out_maps, list, &err));
	assert_string_equal(err.text, text);
	assert_int_equal(err.code, EX_CONFIG);
}

static void impossible_tables_are_refused(void **state)
{
	(void)state;
	uint32_t first[] = {0, 2, 2, 3}, input[] = {0, 4, 5};
	expect_refused(CONNECT_LENET5, 5, 16, NULL, "connections: lenet5 joins 6 maps to 16, not 5 to 16");
	expect_refused(CONNECT_LENET5, 6, 15, NULL, "connections: lenet5 joins 6 maps to 16, not 6 to 15");
	expect_refused(CONNECT_PAIRS, 1, 3, NULL, "connections: pairs needs at least 2 input maps, there are 1");
	expect_refused(CONNECT_TRIPLES, 2, 3, NULL, "connections: triples needs at least 3 input maps, there are 2");
	expect_refused(CONNECT_LIST, 6, 4, &(struct connection_list){3, first, input},
	               "connections lists 3 output maps, the layer has maps: 4");
	expect_refused(CONNECT_LIST, 6, 3, &(struct connection_list){3, first, input},
	               "connections: output map 1 has no input");
	expect_refused(CONNECT_LIST, 4, 1, &(struct connection_list){1, first, input},
	               "connections: output map 0 takes input map 4, there are 4 (from 0)");
	expect_refused(CONNECT_FULL, (size_t)1 << 31, 2, NULL, "2147483648 times 2 connections are too many");
	expect_refused(CONNECT_FULL, SIZE_MAX, SIZE_MAX, NULL,
	               "18446744073709551615 times 18446744073709551615 connections are too many");
	struct err err = {0};
	assert_null(connections_groups(4, 6, 8, &err));
	assert_string_equal(err.text, "groups 4 do not divide the 6 input maps");
	err = (struct err){0};
	assert_null(connections_groups(4, 8, 6, &err));
	assert_string_equal(err.text, "groups 4 do not divide maps: 6");
	connections_destroy(NULL);

	struct connection_list list = {1, malloc(8), malloc(4)};
	connection_list_free(&list);
	assert_true(list.out_maps == 0 && list.first == NULL && list.input == NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lenet5_is_the_papers_table),
		cmocka_unit_test(full_connects_every_pair),
		cmocka_unit_test(pairs_and_triples_are_lexicographic),
		cmocka_unit_test(lists_and_their_transposed_half_agree),
		cmocka_unit_test(groups_are_apart),
		cmocka_unit_test(impossible_tables_are_refused),
	};
	return cmocka_run_group_tests_name("connections", tests, NULL, NULL);
}
