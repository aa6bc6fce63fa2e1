/* Options: argp parses them. This file finds faults first, so that one line can name them. */
#include "app.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HELP = '?', HELP_TOO = 'h', VERSION = 'V' };

/* Understood by every command. argp has a --help of its own, but not where its two-line complaints are turned off. */
static const struct argp_option common_options[] = {
	{"help", HELP, NULL, 0, "Show this text", -1},
	{NULL, HELP_TOO, NULL, OPTION_ALIAS, NULL, 0},
	{"version", VERSION, NULL, 0, "Show the versions of convoy and of its libraries", 0},
	{0},
};

static error_t common_parse(int key, char *value, struct argp_state *state)
{
	(void)value;
	switch (key) {
	case HELP:
	case HELP_TOO:
		argp_help(state->root_argp, stdout, ARGP_HELP_STD_HELP, state->name);
		exit(app_flush(0));
	case VERSION:
		exit(app_flush(app_version()));
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- What argp would not understand ------------------------------------------------------------------------------ */

/* The words of a command line, and who reads them. */
struct words {
	const char *command;
	const struct argp_option *table[2]; /* the command's options, the common ones */
	int count;
	char **word;
	int next;
	bool help; /* asked for: nothing behind it counts */
	struct err *err;
};

static bool option_ends(const struct argp_option *option)
{
	return option == NULL || (option->name == NULL && option->key == 0);
}

static const struct argp_option *short_find(const struct words *w, int key)
{
	for (size_t t = 0; t < 2; t++)
		for (const struct argp_option *o = w->table[t]; !option_ends(o); o++)
			if (o->key == key)
				return o;
	return NULL;
}

/* The option of a name, which may be cut off where only one begins so. */
static const struct argp_option *long_find(const struct words *w, const char *name, size_t length)
{
	char fits[256] = "", meant[MEANT];
	struct suggestion suggestion = {.typed = name, .length = length};
	size_t used = 0, count = 0;
	const struct argp_option *found = NULL;
	for (size_t t = 0; t < 2; t++)
		for (const struct argp_option *o = w->table[t]; !option_ends(o); o++) {
			if (o->name != NULL)
				suggestion_offer(&suggestion, o->name);
			if (o->name == NULL || strncmp(o->name, name, length) != 0)
				continue;
			if (o->name[length] == 0)
				return o;
			found = o;
			int more = snprintf(fits + used, sizeof fits - used, "%s--%s", count++ > 0 ? ", " : "", o->name);
			used += more > 0 && (size_t)more < sizeof fits - used ? (size_t)more : 0;
		}
	if (count > 1)
		err_set(w->err, EX_USAGE, "%s: '--%.*s' may be: %s", w->command, (int)length, name, fits);
	else if (count == 0)
		err_set(w->err, EX_USAGE, "%s: there is no option '--%.*s'%s (convoy %s --help)", w->command, (int)length, name,
		        app_meant(&suggestion, "--", meant), w->command);
	return count == 1 ? found : NULL;
}

/* Takes the option's value, if it has one: `joined` (NULL: none stands in the same word) or the next word. */
static int value_take(struct words *w, const char *dashes, const char *name, const struct argp_option *option,
                      const char *joined)
{
	if (option->arg == NULL && joined != NULL)
		return err_set(w->err, EX_USAGE, "%s: %s%s takes no value", w->command, dashes, name);
	if (option->arg != NULL && joined == NULL && !(option->flags & OPTION_ARG_OPTIONAL)) {
		if (w->next == w->count)
			return err_set(w->err, EX_USAGE, "%s: %s%s needs a value, %s", w->command, dashes, name, option->arg);
		joined = w->word[w->next++];
	}
	if (joined != NULL && *joined == 0)
		return err_set(w->err, EX_USAGE, "%s: %s%s has an empty value", w->command, dashes, name);
	w->help = option->key == HELP || option->key == HELP_TOO || option->key == VERSION;
	return 0;
}

/* "--name", "--name=value". */
static int long_check(struct words *w, const char *name)
{
	size_t length = strcspn(name, "=");
	const struct argp_option *option = long_find(w, name, length);
	if (option == NULL)
		return -1;
	return value_take(w, "--", option->name, option, name[length] == '=' ? name + length + 1 : NULL);
}

/* "-n", "-nvalue", "-abn". */
static int short_check(struct words *w, const char *letters)
{
	for (; *letters != 0 && !w->help; letters++) {
		char name[2] = {*letters, 0};
		const struct argp_option *option = short_find(w, (unsigned char)*letters);
		if (option == NULL)
			return err_set(w->err, EX_USAGE, "%s: there is no option '-%s' (convoy %s --help)", w->command, name,
			               w->command);
		bool joined = option->arg != NULL && letters[1] != 0;
		if (value_take(w, "-", name, option, joined ? letters + 1 : NULL) != 0)
			return -1;
		if (joined)
			break;
	}
	return 0;
}

static int words_check(struct words *w)
{
	while (w->next < w->count && !w->help) {
		const char *word = w->word[w->next++];
		int code = 0;
		if (strcmp(word, "--") == 0)
			break;
		if (*word == 0)
			code = err_set(w->err, EX_USAGE, "%s: an argument is empty", w->command);
		else if (strncmp(word, "--", 2) == 0)
			code = long_check(w, word + 2);
		else if (*word == '-')
			code = short_check(w, word + 1);
		if (code != 0)
			return -1;
	}
	return 0;
}

int app_parse(const struct argp *argp, int argc, char **argv, void *input, struct err *err)
{
	struct words words = {.command = argv[0], .count = argc, .word = argv, .next = 1, .err = err};
	words.table[0] = argp->options;
	words.table[1] = common_options;
	if (words_check(&words) != 0)
		return -1;

	const struct argp common = {.options = common_options, .parser = common_parse};
	const struct argp_child children[] = {{&common, 0, NULL, 0}, {0}};
	struct argp all = *argp;
	all.children = children;

	char *name = memory_format(err, "convoy %s", argv[0]), *own = argv[0];
	if (name == NULL)
		return -1;
	argv[0] = name; /* what --help shows */
	error_t code = argp_parse(&all, argc, argv, ARGP_NO_ERRS | ARGP_NO_HELP, NULL, input);
	argv[0] = own;
	free(name);
	if (code == 0)
		return 0;
	return err_set(err, EX_USAGE, "%s: cannot be understood (convoy %s --help)", own, own);
}

/* ---- Values ------------------------------------------------------------------------------------------------------ */

int app_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value, struct err *err)
{
	char *end;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0 || number < least || number > most)
		return err_set(err, EX_USAGE, "%s: '%s' is not a whole number from %llu to %llu", option, text,
		               (unsigned long long)least, (unsigned long long)most);
	*value = number;
	return 0;
}

int app_real(const char *option, const char *text, double least, double most, double *value, struct err *err)
{
	char *end;
	double number = strtod(text, &end);
	if (end == text || *end != 0 || !isfinite(number) || number < least || number > most)
		return err_set(err, EX_USAGE, "%s: '%s' is not a number from %.9g to %.9g", option, text, least, most);
	*value = number;
	return 0;
}

int operand_take(const char *command, const char *one, char *word, const char **operand, struct err *err)
{
	if (*operand != NULL)
		return err_set(err, EX_USAGE, "%s: one %s at a time, not also '%s'", command, one, word);
	*operand = word;
	return 0;
}

int operand_check(const char *command, const char *which, const char *operand, struct err *err)
{
	if (operand != NULL)
		return 0;
	return err_set(err, EX_USAGE, "%s: which %s? (convoy %s --help)", command, which, command);
}

int app_colour(const char *option, const char *text, struct colour *value, struct err *err)
{
	if (colour_parse(text, value))
		return 0;
	return err_set(err, EX_USAGE, "%s: '%s' is not " COLOUR_FORMS, option, text);
}
