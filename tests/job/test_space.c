/* Sweeps: all combinations of lists, draws from lists and ranges, and the table of the jobs. */
#include "text.h"

#include "../store/folder.h"

#include <math.h>

/* The sweep of a space; draws 0: all combinations. Fails the test if there is none. */
static void make(const char *const *text, size_t draws, uint64_t seed, struct sweep *out)
{
	struct err err = {0};
	struct space space = {0};
	int code = 0;
	for (; code == 0 && *text != NULL; text++)
		code = space_add(&space, *text, &err);
	if (code == 0)
		code = draws > 0 ? space_draw(&space, draws, seed, out, &err) : space_product(&space, out, &err);
	if (code != 0)
		print_error("%s\n", err.text);
	assert_int_equal(code, 0);
	space_free(&space);
}
#define GRID(...) (const char *const[]){__VA_ARGS__, NULL}

static char *table_of(const char *const *text, size_t draws, uint64_t seed)
{
	struct err err = {0};
	struct sweep sweep;
	make(text, draws, seed, &sweep);
	char *table = sweep_table(&sweep, &err);
	assert_non_null(table);
	sweep_free(&sweep);
	return table;
}

static const char *value(const struct sweep *s, size_t job, size_t key)
{
	return s->value[job * s->keys + key];
}

static void assert_distinct(const struct sweep *s)
{
	for (size_t a = 0; a < s->jobs; a++)
		for (size_t b = 0; b < a; b++) {
			bool differ = false;
			for (size_t k = 0; k < s->keys; k++)
				differ = differ || strcmp(value(s, a, k), value(s, b, k)) != 0;
			assert_true(differ);
		}
}

/* ---- All combinations -------------------------------------------------------------------------------------------- */

static void lists_are_combined_the_last_fastest(void **state)
{
	(void)state;
	char *table = table_of(GRID("train.rate=0.01,0.03", "train.batch=64,256,1024"), 0, 1);
	assert_string_equal(table, "job,train.rate,train.batch\n001,0.01,64\n002,0.01,256\n003,0.01,1024\n"
	                           "004,0.03,64\n005,0.03,256\n006,0.03,1024\n");
	free(table);
	table = table_of(GRID("data.directory=../a,b=c..d"), 0, 1); /* no ranges */
	assert_string_equal(table, "job,data.directory\n001,../a\n002,b=c..d\n");
	free(table);
}

static void a_thousand_jobs_have_names_of_one_length(void **state)
{
	(void)state;
	struct sweep sweep;
	make(GRID("a=1,2,3,4,5,6,7,8,9,10", "b=1,2,3,4,5,6,7,8,9,10", "c=1,2,3,4,5,6,7,8,9,10"), 0, 1, &sweep);
	assert_int_equal(sweep.jobs, 1000);
	assert_string_equal(sweep.name[0], "0001");
	assert_string_equal(sweep.name[999], "1000");
	assert_distinct(&sweep);
	sweep_free(&sweep);
}

/* ---- Draws ------------------------------------------------------------------------------------------------------- */

static void draws_depend_on_the_seed_alone(void **state)
{
	(void)state;
	const char *const *grid = GRID("train.rate=0.001..0.1", "train.batch=64,256", "layers[0].maps=4..64");
	char *one = table_of(grid, 20, 1), *again = table_of(grid, 20, 1), *other = table_of(grid, 20, 2);
	char *fewer = table_of(grid, 7, 1);
	assert_string_equal(one, again);
	assert_string_not_equal(one, other);
	assert_memory_equal(one, fewer, strlen(fewer)); /* more jobs begin with those of fewer */
	free(one);
	free(again);
	free(other);
	free(fewer);
}

static void all_draws_of_lists_are_all_combinations(void **state)
{
	(void)state;
	struct sweep sweep;
	make(GRID("a=1,2,3,4,5,6,7,8,9,10", "b=1,2,3,4,5,6,7,8,9,10", "c=1,2,3,4,5,6,7,8,9,10"), 1000, 3, &sweep);
	assert_int_equal(sweep.jobs, 1000);
	assert_distinct(&sweep);
	sweep_free(&sweep);
}

/* Of numbers spread evenly, or by their logarithm, as many lie on each side of the middle: within five deviations of
 * the binomial distribution. */
static void ranges_are_spread(void **state)
{
	(void)state;
	static const struct {
		const char *grid;
		double least, most, middle;
	} cases[] = {
		{"x=0.001..0.1", 0.001, 0.1, 0.01},
		{"x=1e-6..1.0", 1e-6, 1, 1e-3},
		{"x=0.0..0.5:linear", 0, 0.5, 0.25},
		{"x=-2..2.0:linear", -2, 2, 0},
		{"x=0.0012342..0.0012346", 0.0012342, 0.0012346, NAN}, /* closer than four digits */
		{"x=1000000..1000000000000", 1e6, 1e12, 1e9}, /* so many that few are drawn twice */
		{"x=0..1000000:linear", 0, 1000000, 500000},
	};
	enum { DRAWN = 1000 };
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct sweep sweep;
		bool narrow = isnan(cases[c].middle);
		size_t jobs = narrow ? 2 : DRAWN, low = 0;
		make(GRID(cases[c].grid), jobs, 11, &sweep);
		assert_distinct(&sweep);
		for (size_t j = 0; j < jobs; j++) {
			double x = strtod(value(&sweep, j, 0), NULL);
			assert_true(x >= cases[c].least && x <= cases[c].most);
			low += x < cases[c].middle;
		}
		if (!narrow)
			assert_true(fabs((double)low - 0.5 * DRAWN) < 5 * sqrt(0.25 * DRAWN));
		sweep_free(&sweep);
	}
}

static void whole_numbers_have_both_ends(void **state)
{
	(void)state;
	static const char *const grid[] = {"x=2..5", "x=2..5:linear"};
	for (size_t g = 0; g < 2; g++) {
		struct sweep sweep;
		bool seen[6] = {false};
		make(GRID(grid[g]), 4, 1, &sweep);
		for (size_t j = 0; j < 4; j++)
			seen[strtoul(value(&sweep, j, 0), NULL, 10)] = true;
		assert_true(seen[2] && seen[3] && seen[4] && seen[5]);
		sweep_free(&sweep);
	}
}

/* ---- What is refused --------------------------------------------------------------------------------------------- */

static void wrong_grids_are_usage_errors(void **state)
{
	(void)state;
	static const struct {
		const char *grid[2];
		size_t draws;
		const char *text;
	} cases[] = {
		{{"train.rate"}, 0, "--grid: 'train.rate' is not KEY=VALUE,VALUE… or KEY=LEAST..MOST"},
		{{"=1"}, 0, "--grid: '=1' is not KEY=VALUE,VALUE… or KEY=LEAST..MOST"},
		{{"a,b=1"}, 0, "--grid: 'a,b=1' is not KEY=VALUE,VALUE… or KEY=LEAST..MOST"},
		{{"a="}, 0, "--grid: a: value 1 is empty"},
		{{"a=1,,2"}, 0, "--grid: a: value 2 is empty"},
		{{"a=1,2,1"}, 0, "--grid: a: the value '1' stands there twice"},
		{{"a=1,2,1.0"}, 0, "--grid: a: the value '1.0' stands there twice, also as '1'"},
		{{"a=1e-2,b,0.01"}, 0, "--grid: a: the value '0.01' stands there twice, also as '1e-2'"},
		{{"a=\"b\""}, 0, "--grid: a: the value \"b\" holds a double quote; write '…'"},
		{{"a=1", "a=2"}, 0, "--grid: a stands there twice: give all of its values at once"},
		{{"a=0.1..0.2"}, 0, "--grid: a: a range needs --random N, which draws N jobs"},
		{{"a=0.2..0.1"}, 3, "--grid: a: a range goes up, LEAST..MOST, not 0.2..0.1"},
		{{"a=1..1"}, 3, "--grid: a: a range goes up, LEAST..MOST, not 1..1"},
		{{"a=0..5"}, 3, "--grid: a: a logarithmic range begins above 0; 0..5:linear is drawn evenly"},
		{{"a=1..9007199254740994"}, 3, "--grid: a: whole numbers of a range are at most 2^53"},
		{{"a=1,2", "b=1,2"}, 5, "--random: there are only 4 combinations, not 5"},
		{{"a=1..3"}, 4, "--random: in 200000 draws there were only 3 different combinations, not 4"},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct err err = {0};
		struct space space = {0};
		struct sweep sweep = {0};
		int code = 0;
		for (size_t g = 0; code == 0 && g < 2 && cases[c].grid[g] != NULL; g++)
			code = space_add(&space, cases[c].grid[g], &err);
		if (code == 0)
			code = cases[c].draws > 0 ? space_draw(&space, cases[c].draws, 1, &sweep, &err)
			                          : space_product(&space, &sweep, &err);
		assert_int_equal(code, -1);
		assert_int_equal(err.code, EX_USAGE);
		assert_string_equal(err.text, cases[c].text);
		sweep_free(&sweep);
		space_free(&space);
	}
}

static void values_agree_by_what_they_say(void **state)
{
	(void)state;
	assert_true(job_values_agree("0.010", "1e-2") && job_values_agree("007", "7") && job_values_agree("1", "1.0"));
	assert_false(job_values_agree("1", "2") || job_values_agree("1", "one") || job_values_agree("", "0"));
	assert_false(job_values_agree("9007199254740992", "9007199254740993")); /* the same double */
	assert_true(job_values_agree(NULL, NULL));
	assert_false(job_values_agree(NULL, "1"));
}

/* ---- The table --------------------------------------------------------------------------------------------------- */

static void write_table(const char *text)
{
	struct err err = {0};
	assert_int_equal(file_write(folder, "sweep.csv", text, strlen(text), &err), 0);
}

static void the_table_is_read_back(void **state)
{
	(void)state;
	static const char table[] = "job,train.rate,layers[2].maps\n001,0.01,8\n002,0.003,12\n";
	static const char *const ends[] = {"\n", "\r\n"};
	for (size_t e = 0; e < 2; e++) {
		struct err err = {0};
		struct sweep sweep;
		char text[200], line[SWEEP_TEXT];
		char *used = text + sprintf(text, "%s", e == 1 ? "\xef\xbb\xbf" : ""); /* as spreadsheets write it */
		for (const char *t = table; *t != 0; t++)
			used += *t == '\n' ? sprintf(used, "%s", ends[e]) : sprintf(used, "%c", *t);
		write_table(text);
		assert_int_equal(sweep_read(folder, &sweep, &err), 0);
		char *again = sweep_table(&sweep, &err);
		assert_string_equal(again, table);
		assert_string_equal(sweep_text(&sweep, 1, line), "train.rate=0.003 layers[2].maps=12");
		free(again);
		sweep_free(&sweep);
	}
	struct err err = {0};
	struct sweep quoted;
	char line[SWEEP_TEXT];
	write_table("\"job\",\"train.rate\"\n001,\"0.01\"\n");
	assert_int_equal(sweep_read(folder, &quoted, &err), 0);
	assert_string_equal(sweep_text(&quoted, 0, line), "train.rate=0.01");
	sweep_free(&quoted);
}

static void what_is_no_table_is_refused(void **state)
{
	(void)state;
	static const char *const cases[][3] = { /* the table, the place of the error, its text */
		{"", "sweep.csv", "has no jobs"},
		{"job,a\n", "sweep.csv", "has no jobs"},
		{"name,a\n001,1\n", "sweep.csv:1", "is not 'job,KEY,…' with commas between, at most 16 keys"},
		{"job;a\n001;1\n", "sweep.csv:1", "is not 'job,KEY,…' with commas between, at most 16 keys"},
		{"job,a\n001,\"1\n", "sweep.csv:2", "a quote without its end"},
		{"job,a\n001,1\n002\n", "sweep.csv:3", "1 field, line 1 has 2"},
		{"job,a\n../001,1\n", "sweep.csv:2", "the name of a job is digits, not '../001'"},
		{"job,a\n001,1\n002,2\n001,3\n", "sweep.csv:4", "there is a job 001 in line 2"},
		{"job,a\n,1\n", "sweep.csv:2", "the name of a job is digits, not ''"},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct err err = {0};
		struct sweep sweep;
		write_table(cases[c][0]);
		assert_int_equal(sweep_read(folder, &sweep, &err), -1);
		assert_error(&err, EX_DATAERR, cases[c][1], cases[c][2]);
		sweep_free(&sweep);
	}
	struct err err = {0};
	struct sweep sweep;
	assert_int_equal(sweep_read(in_folder(folder, "none"), &sweep, &err), -1);
	assert_int_equal(err.code, EX_NOINPUT);
	sweep_free(&sweep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_combined_the_last_fastest),
		cmocka_unit_test(a_thousand_jobs_have_names_of_one_length),
		cmocka_unit_test(draws_depend_on_the_seed_alone),
		cmocka_unit_test(all_draws_of_lists_are_all_combinations),
		cmocka_unit_test(ranges_are_spread),
		cmocka_unit_test(whole_numbers_have_both_ends),
		cmocka_unit_test(wrong_grids_are_usage_errors),
		cmocka_unit_test(values_agree_by_what_they_say),
		IN_FOLDER(the_table_is_read_back),
		IN_FOLDER(what_is_no_table_is_refused),
	};
	return cmocka_run_group_tests_name("space", tests, NULL, NULL);
}
