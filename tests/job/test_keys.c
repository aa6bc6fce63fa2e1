/* Rows of keys: what a row says holds of the reader, for every row that there is. */
#include "text.h"

enum { PATH = 128 };

/* Called for each row; `room`: bytes of the structure that it is placed in. */
typedef void visit(const char *path, const struct key *row, size_t room);

static void rows_visit(const char *above, const struct key *rows, size_t room, visit *check)
{
	for (; rows->name != NULL; rows++) {
		char path[PATH];
		struct key_variant variant;
		snprintf(path, sizeof path, "%s%s%s", above, above[0] == 0 ? "" : ".", rows->name);
		check(path, rows, room);
		if (rows->type == KEY_MAPPING)
			rows_visit(path, rows->rows, room, check);
		if (rows->type == KEY_VARIANTS) {
			char entry[PATH];
			snprintf(entry, sizeof entry, "%s[each]", path);
			rows_visit(entry, rows->rows, sizeof(struct layer_spec), check);
		}
		for (size_t i = 0; rows->type == KEY_VARIANTS && rows->variant(i, &variant); i++) {
			char entry[PATH];
			snprintf(entry, sizeof entry, "%s[%s]", path, variant.name);
			rows_visit(entry, variant.rows, ((const struct layer_type *)variant.type)->spec_size, check);
		}
	}
}

/* The member lies in the structure and has the size that the reader fills; a default is one of the values. */
static void row_is_sound(const char *path, const struct key *row, size_t room)
{
	static const size_t sizes[] = {
		[KEY_WHOLE] = sizeof(size_t), [KEY_REAL] = sizeof(double), [KEY_TRUTH] = sizeof(bool),
		[KEY_WORD] = sizeof(unsigned), [KEY_TEXT] = sizeof(char *), [KEY_TEXTS] = sizeof(char **),
		[KEY_VARIANTS] = sizeof(void *), [KEY_LISTS] = sizeof(struct connection_spec),
		[KEY_REALS] = sizeof(struct reals), [KEY_SIDES] = sizeof(struct sides),
		[KEY_GONE] = 0,
	};
	bool number = row->type == KEY_WHOLE || row->type == KEY_REAL || row->type == KEY_SIDES;
	bool sound = row->help != NULL && row->at + row->size <= room &&
	             (row->type == KEY_MAPPING ? row->rows != NULL : row->size == sizes[row->type]) &&
	             (!number || row->least < row->most) &&
	             (!number || row->needed || row->absent != NULL ||
	              ((row->above ? row->preset > row->least : row->preset >= row->least) &&
	               (row->below ? row->preset < row->most : row->preset <= row->most))) &&
	             ((row->type != KEY_WORD && row->type != KEY_LISTS) || row->needed ||
	              key_word_name(row->words, (unsigned)row->preset)[0] != 0);
	if (!sound)
		print_error("%s\n", path);
	assert_true(sound);
}

static bool aliases_mean(const struct key_alias *alias, const char *name, const struct key_word *words)
{
	for (; alias != NULL && alias->typed != NULL; alias++) {
		const struct key_word *word = words;
		while (word != NULL && word->name != NULL && strcmp(word->name, alias->word) != 0)
			word++;
		if (strcmp(alias->word, name) != 0 && (word == NULL || word->name == NULL))
			return false;
	}
	return true;
}

/* An alias means the key, one of its words, or the variant that has it, and none of them is spelt like it. */
static void aliases_are_sound(const char *path, const struct key *row, size_t room)
{
	(void)room;
	if (!aliases_mean(row->aliases, row->name, row->words))
		fail_msg("an alias of %s means another word", path);
	struct key_variant variant;
	for (size_t i = 0; row->type == KEY_VARIANTS && row->variant(i, &variant); i++)
		if (!aliases_mean(variant.aliases, variant.name, NULL))
			fail_msg("an alias of %s means another word", variant.name);
}

static void rows_are_sound(void **state)
{
	(void)state;
	rows_visit("", job_keys, sizeof(struct job), row_is_sound);
	rows_visit("", job_keys, sizeof(struct job), aliases_are_sound);
}

/* The place of a row in the good job; false where the good job has no layer of that type. */
static bool place_of(const char *path, char place[PATH])
{
	static const char *const types[] = {"[convolution]", "[subsampling]", "[combination]", "[pooling]", "[full]"};
	snprintf(place, PATH, "%s", path);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		const char *at = strstr(path, types[i]);
		if (at != NULL)
			snprintf(place, PATH, "%.*s[%zu]%s", (int)(at - path), path, i, at + strlen(types[i]));
	}
	const char *bracket = strchr(place, '[');
	return bracket == NULL || (bracket[1] >= '0' && bracket[1] <= '9');
}

/* What comes back when the key is set to `value`: NULL for a job, otherwise the error. */
static const char *answer(const char *place, const char *value, struct err *err)
{
	*err = (struct err){0};
	char *text = job_edit("J", good, place, value, err);
	assert_non_null(text);
	struct job *job = job_parse("J", text, err);
	bool read = job != NULL;
	job_destroy(job);
	free(text);
	return read ? NULL : err->text;
}

/* What lies at the ends and beyond is taken and refused as the row says. */
static void end_is_held(const char *place, const struct key *row, double end, bool open, double step)
{
	struct err err;
	char value[64];
	snprintf(value, sizeof value, "%.17g", end + step);
	bool sign = row->type != KEY_REAL && end + step < 0; /* no whole number */
	assert_non_null(answer(place, value, &err));
	assert_true(strstr(err.text, sign ? "is not a whole number" : "it must be") != NULL);
	snprintf(value, sizeof value, "%.17g", end);
	const char *said = answer(place, value, &err);
	if (open ? said == NULL || strstr(said, "it must be") == NULL : said != NULL && strstr(said, "it must be") != NULL)
		print_error("%s: %s: %s\n", place, value, said == NULL ? "taken" : said);
	assert_true(open == (said != NULL && strstr(said, "it must be") != NULL));
}

static void row_is_held(const char *path, const struct key *row, size_t room)
{
	(void)room;
	struct err err;
	char place[PATH];
	if (!place_of(path, place))
		return;
	if (row->type == KEY_WHOLE || row->type == KEY_REAL || row->type == KEY_SIDES) {
		end_is_held(place, row, row->least, row->above, -1);
		if (row->most < 0x1p63)
			end_is_held(place, row, row->most, row->below, 1);
	}
	if (row->type == KEY_WORD || row->type == KEY_LISTS) {
		assert_non_null(answer(place, "no-such-word", &err));
		for (const struct key_word *word = row->words; word->name != NULL; word++) {
			assert_non_null(strstr(err.text, word->name));
			struct err other;
			const char *said = answer(place, word->name, &other);
			assert_true(said == NULL || strstr(said, "unknown word") == NULL);
		}
	}
}

static void rows_are_held(void **state)
{
	(void)state;
	rows_visit("", job_keys, sizeof(struct job), row_is_held);
}

/* Whether the words before the ':' of a help, "sgd, rmsprop (there 0.99): …", have that one. */
static bool head_names(const char *help, const char *word)
{
	const char *end = strchr(help, ':');
	for (const char *at = help; end != NULL && at < end; at += strcspn(at, ",:") + 1) {
		at += strspn(at, " ");
		if (strcspn(at, " ,:") == strlen(word) && strncmp(at, word, strlen(word)) == 0)
			return true;
	}
	return false;
}

/* A key of some optimizers is a row of `train`, and its help names just those; the others refuse it. */
static void optimizers_take_keys_that_are(void **state)
{
	(void)state;
	const struct key *train = key_named(job_keys, "train", strlen("train"))->rows;
	size_t cases = 0;
	for (size_t o = 0; o < OPTIMIZERS; o++)
		for (size_t k = 0; k < OPTIMIZER_KEYS; k++) {
			const char *name = optimizer_type((enum optimizer)o)->keys[k];
			const struct key *row = name != NULL ? key_named(train, name, strlen(name)) : NULL;
			assert_true(name == NULL || row != NULL);
			for (size_t other = 0; row != NULL && other < OPTIMIZERS; other++, cases++) {
				char value[96];
				struct err err = {0};
				bool takes = optimizer_takes((enum optimizer)other, name);
				assert_int_equal(head_names(row->help, optimizer_name((enum optimizer)other)), takes);
				snprintf(value, sizeof value, "{epochs: 1, batch: 1, rate: 1, optimizer: %s, %s: %s}",
				         optimizer_name((enum optimizer)other), name,
				         row->type == KEY_TRUTH ? "true" : row->type == KEY_WHOLE ? "1" : "0.5");
				char *text = job_replace("J", good, "train", value, &err);
				struct job *job = text != NULL ? job_parse("J", text, &err) : NULL;
				assert_int_equal(job != NULL, takes);
				assert_true(takes || strstr(err.text, "is not used by optimizer") != NULL);
				job_destroy(job);
				free(text);
			}
		}
	assert_true(cases > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sound),
		cmocka_unit_test(rows_are_held),
		cmocka_unit_test(optimizers_take_keys_that_are),
	};
	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
