/* convoy diff A B: the largest difference of each array of two checkpoints, in units in the last place. */
#include "app.h"

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *path[2];
	size_t paths;
};

/* The walk over the arrays of one file: compares each with the other file's. */
struct walk {
	struct store *store[2];
	int columns;       /* of the longest path, at least */
	bool only_missing; /* last walk: report what only B holds */
	size_t differing;
};

static size_t stored_bytes(enum store_type type)
{
	return type == STORE_U8 ? 1 : type == STORE_I32 || type == STORE_F32 ? 4 : 8;
}

/* A float's or double's bits as an integer that grows with the number: neighbours differ by 1. */
static int64_t ordered(enum store_type type, const void *at)
{
	if (type == STORE_F32) {
		int32_t bits;
		memcpy(&bits, at, sizeof bits);
		return bits < 0 ? -(int64_t)(bits & 0x7fffffff) : bits;
	}
	int64_t bits;
	memcpy(&bits, at, sizeof bits);
	return bits < 0 ? -(bits & INT64_MAX) : bits;
}

/* Elements that differ, and the largest distance of two floats in ulps. */
static size_t compare(enum store_type type, size_t count, const char *a, const char *b, uint64_t *ulps)
{
	size_t bytes = stored_bytes(type), differing = 0;
	*ulps = 0;
	for (size_t i = 0; i < count; i++, a += bytes, b += bytes) {
		if (memcmp(a, b, bytes) == 0)
			continue;
		differing++;
		if (type == STORE_F32 || type == STORE_F64) {
			int64_t left = ordered(type, a), right = ordered(type, b);
			uint64_t distance = left > right ? (uint64_t)left - (uint64_t)right : (uint64_t)right - (uint64_t)left;
			*ulps = distance > *ulps ? distance : *ulps;
		}
	}
	return differing;
}

static int arrays_compare(struct walk *walk, const struct store_array *array, struct err *err)
{
	size_t count = 1, bytes;
	for (size_t d = 0; d < array->rank; d++)
		count *= array->dims[d];
	if (!size_multiply(count, stored_bytes(array->type), &bytes))
		return err_memory(err, count);
	char *data[2] = {memory_zeroed(bytes, 1, err), memory_zeroed(bytes, 1, err)};
	int code = data[0] == NULL || data[1] == NULL ? -1 : 0;
	for (size_t f = 0; code == 0 && f < 2; f++)
		code = store_get(walk->store[f], array, data[f], err);
	if (code == 0) {
		uint64_t ulps;
		size_t differing = compare(array->type, count, data[0], data[1], &ulps);
		walk->differing += differing > 0;
		if (differing > 0 && (array->type == STORE_F32 || array->type == STORE_F64))
			app_print("%-*s %10llu ulp  %zu of %zu differ", walk->columns, array->path, (unsigned long long)ulps,
			          differing, count);
		else if (differing > 0)
			app_print("%-*s %14s  %zu of %zu differ", walk->columns, array->path, "", differing, count);
		else
			app_print("%-*s %10d", walk->columns, array->path, 0);
	}
	free(data[0]);
	free(data[1]);
	return code;
}

/* The columns that paths take; one that is too long for a terminal pushes only its own line. */
static int measure(void *context, const char *path, struct err *err)
{
	struct walk *walk = context;
	(void)err;
	if (strlen(path) > (size_t)walk->columns && strlen(path) < 80)
		walk->columns = (int)strlen(path);
	return 0;
}

static int visit(void *context, const char *path, struct err *err)
{
	struct walk *walk = context;
	size_t here = walk->only_missing ? 1 : 0, there = 1 - here;
	struct store_array array = {.path = path}, other = {.path = path};
	if (!store_has(walk->store[there], path)) {
		app_print("%-*s only in %s", walk->columns, path, here == 0 ? "the first" : "the second");
		walk->differing++;
		return 0;
	}
	if (walk->only_missing)
		return 0;
	if (store_find(walk->store[0], &array, err) != 0 || store_find(walk->store[1], &other, err) != 0)
		return -1;
	if (array.type != other.type || array.rank != other.rank ||
	    memcmp(array.dims, other.dims, array.rank * sizeof *array.dims) != 0) {
		app_print("%-*s of another shape or type", walk->columns, path);
		walk->differing++;
		return 0;
	}
	return arrays_compare(walk, &array, err);
}

static int texts_compare(struct walk *walk, const char *name, struct err *err)
{
	char *a = store_text(walk->store[0], name, err), *b = store_text(walk->store[1], name, err);
	int code = a != NULL && b != NULL ? 0 : -1;
	if (code == 0 && strcmp(a, b) != 0) {
		printf("%-*s differs\n", walk->columns, name);
		walk->differing++;
	}
	free(a);
	free(b);
	return code;
}

/* Lists of names: what the classes are called; what a run began with, which a file need not have. */
static int names_compare(struct walk *walk, const char *path, const char *what, struct err *err)
{
	struct class_names names[2] = {{0}, {0}};
	int code = 0;
	for (size_t f = 0; code == 0 && f < 2; f++)
		if (store_has(walk->store[f], path) || strcmp(path, "/classes") == 0)
			code = store_get_names(walk->store[f], path, &names[f].count, &names[f].name, err);
	size_t k = code == 0 ? class_names_differ(&names[0], &names[1]) : 0;
	if (code == 0 && k < names[0].count && k < names[1].count)
		app_print("%-*s %s %zu is '%s' and '%s'", walk->columns, path, what, k, names[0].name[k], names[1].name[k]);
	else if (code == 0 && names[0].count != names[1].count)
		app_print("%-*s of another shape or type", walk->columns, path);
	walk->differing += code == 0 && (k < names[0].count || k < names[1].count);
	class_names_free(&names[0]);
	class_names_free(&names[1]);
	return code;
}

static int numbers_compare(struct walk *walk, const char *name, struct err *err)
{
	uint64_t a, b;
	if (store_number(walk->store[0], name, &a, err) != 0 || store_number(walk->store[1], name, &b, err) != 0)
		return -1;
	if (a != b) {
		printf("%-*s %llu and %llu\n", walk->columns, name, (unsigned long long)a, (unsigned long long)b);
		walk->differing++;
	}
	return 0;
}

/* Attributes that two equal runs share: those of every checkpoint, and what training changes. */
static int attributes_compare(struct walk *walk, struct err *err)
{
	static const char *const number[] = {"format_version", "numerics", "seed", "epoch"};
	enum member_kind kind;
	const char *name;
	for (size_t n = 0; n < sizeof number / sizeof *number; n++)
		if (numbers_compare(walk, number[n], err) != 0)
			return -1;
	if (texts_compare(walk, "job", err) != 0)
		return -1;
	for (size_t i = 0; (name = member_attribute(i, &kind)) != NULL; i++)
		if ((kind == MEMBER_NUMBER ? numbers_compare : texts_compare)(walk, name, err) != 0)
			return -1;
	return names_compare(walk, "/classes", "class", err) == 0 ? names_compare(walk, "/start", "text", err) : -1;
}

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_ARG:
		if (a->paths == 2)
			err_set(&a->err, EX_USAGE, "diff: two checkpoints, not also '%s'", value);
		else
			a->path[a->paths++] = value;
		break;
	case ARGP_KEY_END:
		if (a->paths < 2)
			err_set(&a->err, EX_USAGE, "diff: which two checkpoints? (convoy diff --help)");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {NULL, option_parse, "A B",
		"Compares two checkpoints array by array: the largest difference in ulps (units in the last place).\v"
		"Exit status: 0 no difference, 1 some difference.", NULL, NULL, NULL};
	struct arguments a = {0};
	struct walk walk = {.columns = 32};
	int status = 0;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 ||
	    (walk.store[0] = store_open(a.path[0], &a.err)) == NULL ||
	    (walk.store[1] = store_open(a.path[1], &a.err)) == NULL ||
	    store_walk(walk.store[0], measure, &walk, &a.err) != 0 ||
	    store_walk(walk.store[1], measure, &walk, &a.err) != 0 || attributes_compare(&walk, &a.err) != 0 ||
	    store_walk(walk.store[0], visit, &walk, &a.err) != 0)
		status = app_fail(&a.err);
	walk.only_missing = true;
	if (status == 0 && store_walk(walk.store[1], visit, &walk, &a.err) != 0)
		status = app_fail(&a.err);
	store_destroy(walk.store[0]);
	store_destroy(walk.store[1]);
	return status != 0 ? status : walk.differing > 0;
}

const struct command diff_command = {"diff", "compares two checkpoints, in ulps", run};
