/* What a network says of a sample, for people and for programs. */
#include "answers.h"

#include "images.h"

#include <math.h>
#include <string.h>

enum { NAME_MOST = 40, NAME_LEAST = 16, CLASS_MOST = 20, SCORE = 8, VALUE = 13, COLUMNS = 80 };

struct answers answers_over(const struct model *model, size_t top)
{
	const struct class_names *names = &model->names;
	bool all = model->job->output.task != TASK_CLASSES || top > names->count;
	struct answers out = {names, model->job, all ? names->count : top, 0};
	for (size_t k = 0; k < names->count; k++) {
		size_t columns = text_columns(names->name[k]);
		columns = columns < CLASS_MOST ? columns : CLASS_MOST;
		out.columns = columns > out.columns ? columns : out.columns;
	}
	return out;
}

/* Prints text in exactly so many columns, without what would talk to the terminal; of what is too long the end is seen,
 * since paths differ there. */
static void cell_print(const char *text, size_t columns)
{
	size_t have = text_columns(text);
	int gap = text_gap(text, columns);
	if (have > columns) {
		fputs("…", stdout);
		text += text_head(text, have - columns + 1);
	}
	while (*text != 0) {
		size_t control = text_control(text);
		putchar(control > 0 ? '?' : *text);
		text += control > 0 ? control : 1;
	}
	printf("%*s", gap, "");
}

/* Prints the name of a class in its columns. Of what is too long the beginning is seen. */
static void class_print(const struct answers *a, size_t class)
{
	const struct class_names *names = a->names;
	char cut[4 * CLASS_MOST + sizeof "…"];
	const char *name = names->name[class];
	if (text_columns(name) > a->columns) {
		class_names_cut(names, class, a->columns - 1, cut, 4 * CLASS_MOST + 1);
		name = strcat(cut, "…");
	}
	cell_print(name, a->columns);
}

void answer_text(const struct answers *a, const char *name, const float *score, const size_t *order)
{
	bool values = a->job->output.task == TASK_VALUES;
	size_t taken = a->top * (2 + a->columns + (values ? VALUE : SCORE));
	size_t room = taken + NAME_LEAST < COLUMNS ? COLUMNS - taken : NAME_LEAST;
	cell_print(name, room < NAME_MOST ? room : NAME_MOST);
	for (size_t t = 0; t < a->top; t++) {
		fputs("  ", stdout);
		class_print(a, order[t]);
		if (values)
			printf("%*.6g", VALUE, (double)score[order[t]]);
		else
			printf("%*.4f", SCORE, (double)score[order[t]]);
	}
	putchar('\n');
}

/* A score or a value; null: it is not finite. */
static void number_json(const char *key, float number)
{
	if (isfinite(number))
		printf(", \"%s\": %.9g}", key, (double)number);
	else
		printf(", \"%s\": null}", key);
}

void answer_json(const struct answers *a, const char *name, size_t number, bool even, const float *score,
                 const size_t *order)
{
	fputs("{\"image\": ", stdout);
	json_text(stdout, name);
	if (number != IMAGE_ALONE)
		printf(", \"number\": %zu", number);
	if (even)
		fputs(", \"even\": true", stdout);
	bool values = a->job->output.task == TASK_VALUES, classes = a->job->output.task == TASK_CLASSES;
	printf(", \"%s\": [", classes ? "top" : task_name(a->job->output.task));
	for (size_t t = 0; t < a->top; t++) {
		const size_t class = order[t];
		fputs(t > 0 ? ", {" : "{", stdout);
		if (classes)
			printf("\"class\": %zu, ", class);
		fputs("\"name\": ", stdout);
		json_text(stdout, a->names->name[class]);
		if (values && a->job->output.united > 0) {
			fputs(", \"unit\": ", stdout);
			json_text(stdout, a->job->output.units[class]);
		}
		number_json(values ? "value" : "score", score[class]);
	}
	puts("]}");
}
