/* What a sweep tries: lists and ranges of values of keys, all their combinations, or some that are drawn. */
#include <convoy/job.h>
#include <convoy/kernel.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

static const char evenly[] = ":linear";

/* A decimal number in `length` bytes, and whether it is digits alone. */
static bool number_of(const char *text, size_t length, double *number, bool *whole)
{
	char copy[40], *end;
	if (length == 0 || length >= sizeof copy || strspn(text, "0123456789+-.eE") < length)
		return false;
	memcpy(copy, text, length);
	copy[length] = 0;
	*whole = strspn(copy, "0123456789") == length;
	*number = strtod(copy, &end);
	return *end == 0 && isfinite(*number);
}

/* Returns whether the text is a range, and fills the key. */
static bool range_of(const char *text, struct space_key *key, struct err *err)
{
	size_t length = strlen(text), tail = strlen(evenly);
	const char *dots = strstr(text, "..");
	bool whole[2];
	if (dots == NULL)
		return false;
	key->linear = length > tail && strcmp(text + length - tail, evenly) == 0;
	length -= key->linear ? tail : 0;
	size_t first = (size_t)(dots - text);
	if (first + 2 > length || !number_of(text, first, &key->least, &whole[0]) ||
	    !number_of(dots + 2, length - first - 2, &key->most, &whole[1]))
		return false;
	key->whole = whole[0] && whole[1];
	key->end[0] = memory_format(err, "%.*s", (int)first, text);
	key->end[1] = memory_format(err, "%.*s", (int)(length - first - 2), dots + 2);
	return true;
}

static int range_check(const struct space_key *key, struct err *err)
{
	static const double most = 9007199254740992.0; /* 2^53: up to there float64 has all whole numbers */
	if (key->end[0] == NULL || key->end[1] == NULL)
		return -1;
	if (!(key->least < key->most))
		return err_set(err, EX_USAGE, "--grid: %s: a range goes up, LEAST..MOST, not %s..%s", key->name, key->end[0],
		               key->end[1]);
	if (!key->linear && key->least <= 0)
		return err_set(err, EX_USAGE, "--grid: %s: a logarithmic range begins above 0; %s..%s%s is drawn evenly",
		               key->name, key->end[0], key->end[1], evenly);
	if (key->whole && key->most > most)
		return err_set(err, EX_USAGE, "--grid: %s: whole numbers of a range are at most 2^53", key->name);
	return 0;
}

static int values_read(struct space_key *key, const char *text, struct err *err)
{
	size_t count = 1;
	for (const char *t = text; *t != 0; t++)
		count += *t == ',';
	if (count > SWEEP_JOBS)
		return err_set(err, EX_USAGE, "--grid: %s: %zu values, at most %d are allowed", key->name, count, SWEEP_JOBS);
	key->value = memory_zeroed(count, sizeof *key->value, err);
	if (key->value == NULL)
		return -1;
	for (; key->values < count; key->values++) {
		size_t length = strcspn(text, ",");
		char *value = memory_format(err, "%.*s", (int)length, text);
		if (value == NULL)
			return -1;
		key->value[key->values] = value;
		if (length == 0 || strchr(value, '"') != NULL) {
			key->values++;
			if (length == 0)
				return err_set(err, EX_USAGE, "--grid: %s: value %zu is empty", key->name, key->values);
			return err_set(err, EX_USAGE, "--grid: %s: the value %s holds a double quote; write '…'", key->name, value);
		}
		for (size_t v = 0; v < key->values; v++)
			if (job_values_agree(key->value[v], value)) {
				bool same = strcmp(key->value[v], value) == 0;
				err_set(err, EX_USAGE, "--grid: %s: the value '%s' stands there twice%s%s%s", key->name, value,
				        same ? "" : ", also as '", same ? "" : key->value[v], same ? "" : "'");
				key->values++;
				return -1;
			}
		text += length + 1;
	}
	return 0;
}

int space_add(struct space *space, const char *text, struct err *err)
{
	size_t length = strcspn(text, "=");
	if (length == 0 || text[length] == 0 || strcspn(text, ",") < length)
		return err_set(err, EX_USAGE, "--grid: '%s' is not KEY=VALUE,VALUE… or KEY=LEAST..MOST", text);
	if (space->keys == SWEEP_KEYS)
		return err_set(err, EX_USAGE, "--grid: more than %d keys", SWEEP_KEYS);
	struct space_key *key = &space->key[space->keys++];
	key->name = memory_format(err, "%.*s", (int)length, text);
	if (key->name == NULL)
		return -1;
	for (size_t k = 0; k + 1 < space->keys; k++)
		if (strcmp(space->key[k].name, key->name) == 0)
			return err_set(err, EX_USAGE, "--grid: %s stands there twice: give all of its values at once", key->name);
	text += length + 1;
	return range_of(text, key, err) ? range_check(key, err) : values_read(key, text, err);
}

void space_free(struct space *space)
{
	for (size_t k = 0; k < space->keys; k++) {
		struct space_key *key = &space->key[k];
		for (size_t v = 0; v < key->values; v++)
			free(key->value[v]);
		free(key->value);
		free(key->name);
		free(key->end[0]);
		free(key->end[1]);
	}
	*space = (struct space){0};
}

/* ---- Combinations ------------------------------------------------------------------------------------------------ */

/* Room for so many jobs, with their names. */
static int sweep_begin(const struct space *space, size_t jobs, struct sweep *out, struct err *err)
{
	enum { DIGITS = 3 };
	int digits = DIGITS;
	for (size_t most = 1000; most <= jobs; most *= 10)
		digits++;
	*out = (struct sweep){.keys = space->keys, .jobs = jobs};
	out->key = memory_zeroed(space->keys, sizeof *out->key, err);
	out->name = memory_zeroed(jobs, sizeof *out->name, err);
	out->value = memory_zeroed(jobs * space->keys, sizeof *out->value, err);
	if (out->key == NULL || out->name == NULL || out->value == NULL)
		return -1;
	for (size_t k = 0; k < space->keys; k++)
		if ((out->key[k] = memory_text(space->key[k].name, err)) == NULL)
			return -1;
	for (size_t j = 0; j < jobs; j++)
		if ((out->name[j] = memory_format(err, "%0*zu", digits, j + 1)) == NULL)
			return -1;
	return 0;
}

int space_product(const struct space *space, struct sweep *out, struct err *err)
{
	size_t jobs = 1;
	for (size_t k = 0; k < space->keys; k++) {
		if (space->key[k].values == 0)
			return err_set(err, EX_USAGE, "--grid: %s: a range needs --random N, which draws N jobs",
			               space->key[k].name);
		if (!size_multiply(jobs, space->key[k].values, &jobs) || jobs > SWEEP_JOBS)
			return err_set(err, EX_USAGE, "--grid: more than %d combinations; --random N draws N of them", SWEEP_JOBS);
	}
	if (sweep_begin(space, jobs, out, err) != 0)
		return -1;
	for (size_t j = 0; j < jobs; j++)
		for (size_t k = space->keys, rest = j; k-- > 0; rest /= space->key[k].values) {
			const struct space_key *key = &space->key[k];
			if ((out->value[j * space->keys + k] = memory_text(key->value[rest % key->values], err)) == NULL)
				return -1;
		}
	return 0;
}

/* Draws number `draw` of a key: the same for the same seed, key and draw. */
static char *value_draw(const struct space_key *key, size_t k, uint64_t seed, uint64_t draw, struct err *err)
{
	if (key->values > 0)
		return memory_text(key->value[random_below(seed, RANDOM_SWEEP, k, draw, key->values)], err);
	double u = random_uniform(seed, RANDOM_SWEEP, k, draw), x;
	double past = key->whole ? key->most + 1 : key->most; /* whole numbers: those below it, cut */
	if (key->linear)
		x = key->least + u * (past - key->least);
	else
		x = scalar_exp(scalar_log(key->least) + u * (scalar_log(past) - scalar_log(key->least)));
	x = x < key->least ? key->least : x > key->most && !key->whole ? key->most : x;
	if (key->whole)
		return memory_format(err, "%llu", (unsigned long long)(x < key->most ? x : key->most));
	char text[40];
	snprintf(text, sizeof text, "%.4g", x);
	double rounded = strtod(text, NULL);
	return memory_text(rounded < key->least ? key->end[0] : rounded > key->most ? key->end[1] : text, err);
}

/* Returns whether an earlier job has the same values as job j. */
static bool drawn_before(const struct sweep *s, size_t j)
{
	for (size_t i = 0; i < j; i++) {
		size_t k = 0;
		while (k < s->keys && strcmp(s->value[i * s->keys + k], s->value[j * s->keys + k]) == 0)
			k++;
		if (k == s->keys)
			return true;
	}
	return false;
}

int space_draw(const struct space *space, size_t jobs, uint64_t seed, struct sweep *out, struct err *err)
{
	/* The last of a thousand combinations is found after some seven thousand draws. */
	enum { DRAWS = 200000 };
	size_t combinations = 1; /* of lists alone */
	bool lists = true;
	for (size_t k = 0; k < space->keys; k++) {
		lists = lists && space->key[k].values > 0;
		if (lists && combinations <= SWEEP_JOBS)
			combinations *= space->key[k].values;
	}
	if (lists && combinations < jobs)
		return err_set(err, EX_USAGE, "--random: there are only %zu combinations, not %zu", combinations, jobs);
	if (sweep_begin(space, jobs, out, err) != 0)
		return -1;
	size_t found = 0;
	for (uint64_t draw = 0; found < jobs && draw < DRAWS; draw++) {
		char **value = &out->value[found * space->keys];
		for (size_t k = 0; k < space->keys; k++) {
			free(value[k]);
			if ((value[k] = value_draw(&space->key[k], k, seed, draw, err)) == NULL)
				return -1;
		}
		found += !drawn_before(out, found);
	}
	if (found < jobs)
		return err_set(err, EX_USAGE, "--random: in %d draws there were only %zu different combinations, not %zu",
		               DRAWS, found, jobs);
	return 0;
}
