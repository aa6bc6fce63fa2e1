/* Damaged texts: whatever bytes come, a job or one line of error comes back. Meant for the sanitizers above all. */
#include "text.h"

enum { ROUNDS = 6000, SEED = 5 };

/* Pieces that mean something to YAML or to the schema. */
static const char *const pieces[] = {
	"{", "}", "[", "]", ",", ": ", "- ", "\n", "  ", "#", "'", "\"", "|", ">", "&a ", "*a", "!t ", "? ", "---\n",
	"...\n", "%YAML 1.1\n", "\t", "\r", "\\", "0", "-1", "nan", "1e999", "99999999999999999999", "true", "ü", "\xff",
	"\xe2\x80\xa8", "\xef\xbb\xbf", "type", "maps", "kernel", "layers", "connections: [[0],[1]]", "full", "train",
	"rate", "null", "~", "<<",
};

static size_t draw(uint64_t round, uint64_t throw, size_t n)
{
	return random_below(SEED, RANDOM_CHECK, round, throw, n);
}

/* A few changes of `text`: a piece put in, bytes taken out, a byte changed, a part doubled. free(). */
static char *mutated(const char *text, uint64_t round)
{
	struct err err = {0};
	char *now = memory_text(text, &err);
	uint64_t throw = 0;
	for (size_t changes = 1 + draw(round, throw++, 3); changes > 0; changes--) {
		size_t length = strlen(now), at = draw(round, throw++, length + 1);
		size_t run = draw(round, throw++, 12), rest = length - at;
		const char *piece = pieces[draw(round, throw++, sizeof pieces / sizeof pieces[0])];
		char byte[2] = {(char)(1 + draw(round, throw++, 255)), 0};
		size_t kind = draw(round, throw++, 4);
		run = run < rest ? run : rest;
		char *next = kind == 0   ? memory_format(&err, "%.*s%s%s", (int)at, now, piece, now + at)
		             : kind == 1 ? memory_format(&err, "%.*s%s", (int)at, now, now + at + run)
		             : kind == 2 ? memory_format(&err, "%.*s%s%s", (int)at, now, byte, now + at + (rest > 0))
		                         : memory_format(&err, "%.*s%s", (int)(at + run), now, now + at);
		assert_non_null(next);
		free(now);
		now = next;
	}
	return now;
}

static void error_is_one_line(const struct err *err)
{
	assert_int_not_equal(err->code, 0);
	assert_true(strlen(err->text) > 0);
	assert_null(strpbrk(err->text, "\n\r"));
}

static void damaged_jobs_do_no_harm(void **state)
{
	(void)state;
	size_t accepted = 0;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		char *text = mutated(good, round);
		struct err err = {0};
		struct job *job = job_parse("J", text, &err);
		if (job == NULL) {
			assert_int_equal(err.code, EX_CONFIG);
			error_is_one_line(&err);
		} else {
			assert_int_equal(err.code, 0);
			assert_non_null(job->layer[job->layers - 1]->type);
			accepted++;
		}
		job_destroy(job);
		free(text);
	}
	assert_in_range(accepted, ROUNDS / 50, ROUNDS / 2); /* both ways have been gone */
}

static void random_bytes_do_no_harm(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		char text[64] = "";
		size_t length = draw(round, 0, sizeof text);
		for (size_t i = 0; i < length; i++)
			text[i] = (char)(1 + draw(round, 1 + i, round % 2 ? 255 : 126));
		struct err err = {0};
		assert_null(job_parse("J", text, &err));
		assert_int_equal(err.code, EX_CONFIG);
		error_is_one_line(&err);
	}
}

/* An edit of any text that is a job gives a job in which that one value has changed and no other. */
static void edits_change_one_value(void **state)
{
	(void)state;
	size_t edited = 0;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		char *text = mutated(good, round);
		struct err err = {0};
		struct job *before = job_parse("J", text, &err);
		err = (struct err){0};
		char *after_text = job_edit("J", text, "train.seed", "123456789", &err);
		if (after_text == NULL)
			error_is_one_line(&err);
		assert_true(before == NULL || after_text != NULL);
		if (before != NULL) {
			struct job *after = job_parse("J", after_text, &err);
			if (after == NULL)
				print_error("%s\n%s\n", err.text, after_text);
			assert_non_null(after);
			assert_true(after->train.seed == 123456789);
			after->train.seed = before->train.seed;
			assert_int_equal(job_continues(after, before, NULL, &err), 0);
			assert_string_equal(after->name, before->name);
			assert_true(after->train.rate == before->train.rate && after->train.epochs == before->train.epochs);
			job_destroy(after);
			edited++;
		}
		job_destroy(before);
		free(after_text);
		free(text);
	}
	assert_true(edited > ROUNDS / 50);
}

/* Any text as the value of `name` comes back as it is or as YAML reads it, and touches nothing else. */
static void values_stay_inside(void **state)
{
	(void)state;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		char value[40] = "";
		for (size_t i = 0, count = 1 + draw(round, 0, 5); i < count; i++) {
			const char *piece = pieces[draw(round, 1 + i, sizeof pieces / sizeof pieces[0])];
			if (strlen(value) + strlen(piece) < sizeof value)
				strcat(value, piece);
		}
		struct err err = {0};
		char *text = job_edit("J", good, "data.directory", value, &err);
		if (text == NULL) {
			assert_int_equal(err.code, EX_USAGE);
			continue;
		}
		const char *at = strstr(text, ", pad: 2}  # größer als 28×28\ninput: {maps: 1,");
		assert_non_null(at);
		struct job *job = job_parse("J", text, &err);
		if (job == NULL) /* an empty value, or one that a quoted text makes a control character of */
			assert_non_null(strstr(err.text, "data.directory"));
		else
			assert_int_equal(job->data.pad, 2);
		job_destroy(job);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_jobs_do_no_harm),
		cmocka_unit_test(random_bytes_do_no_harm),
		cmocka_unit_test(edits_change_one_value),
		cmocka_unit_test(values_stay_inside),
	};
	return cmocka_run_group_tests_name("mutations", tests, NULL, NULL);
}
