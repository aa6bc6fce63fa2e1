/* What a network says of a sample, for people and for programs. */
#include "answers.h"

#include "images.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MOST = 40, NAME_LEAST = 16, CLASS_MOST = 20, SCORE = 8, VALUE = 13, COLUMNS = 80 };

struct answers answers_over(const struct model *model, size_t top, bool whole)
{
	const struct class_names *names = &model->names;
	bool all = model->job->output.task != TASK_CLASSES || top > names->count;
	struct answers out = {names, model->job, all ? names->count : top, 0, whole, model->net->task.positions > 1};
	for (size_t k = 0; k < names->count; k++) {
		size_t columns = text_columns(names->name[k]);
		columns = columns < CLASS_MOST ? columns : CLASS_MOST;
		out.columns = columns > out.columns ? columns : out.columns;
	}
	return out;
}

/* Prints a text without what would talk to the terminal. */
static void text_print(FILE *to, const char *text)
{
	while (*text != 0) {
		size_t control = text_control(text);
		putc(control > 0 ? '?' : *text, to);
		text += control > 0 ? control : 1;
	}
}

/* Prints the name of an image in so many columns, or in more if it is wanted whole. Of what is too long the end is
 * seen, since paths differ there. */
static void image_print(const struct answers *a, FILE *to, const char *name, size_t number, size_t columns)
{
	char behind[24] = "";
	if (number != IMAGE_ALONE)
		snprintf(behind, sizeof behind, ":%zu", number);
	size_t more = strlen(behind), have = text_columns(name) + more;
	if (have > columns && !a->whole) {
		fputs("…", to);
		name += text_head(name, have - columns + 1);
	}
	text_print(to, name);
	fputs(behind, to);
	for (; have < columns; have++)
		putc(' ', to);
}

/* Prints the name of a class in its columns. Of what is too long the beginning is seen. */
static void class_print(const struct answers *a, FILE *to, size_t class)
{
	const struct class_names *names = a->names;
	char cut[4 * CLASS_MOST + sizeof "…"];
	const char *name = names->name[class];
	if (text_columns(name) > a->columns) {
		class_names_cut(names, class, a->columns - 1, cut, 4 * CLASS_MOST + 1);
		name = strcat(cut, "…");
	}
	text_print(to, name);
	fprintf(to, "%*s", text_gap(name, a->columns), "");
}

void answer_text(const struct answers *a, FILE *to, const char *name, size_t number, const float *score,
                 const size_t *order)
{
	bool values = a->job->output.task == TASK_VALUES;
	size_t taken = a->top * (2 + a->columns + (values ? VALUE : SCORE));
	size_t room = taken + NAME_LEAST < COLUMNS ? COLUMNS - taken : NAME_LEAST;
	image_print(a, to, name, number, room < NAME_MOST ? room : NAME_MOST);
	for (size_t t = 0; t < a->top; t++) {
		fputs("  ", to);
		class_print(a, to, order[t]);
		if (values)
			fprintf(to, "%*.6g", VALUE, (double)score[order[t]]);
		else
			fprintf(to, "%*.4f", SCORE, (double)score[order[t]]);
	}
	putc('\n', to);
}

/* A score or a value; null: it is not finite. */
static void number_json(FILE *to, const char *key, float number)
{
	if (isfinite(number))
		fprintf(to, ", \"%s\": %.9g}", key, (double)number);
	else
		fprintf(to, ", \"%s\": null}", key);
}

void answer_json(const struct answers *a, FILE *to, const char *name, size_t number, bool even, const float *score,
                 const size_t *order)
{
	fputs("{\"image\": ", to);
	json_text(to, name);
	if (number != IMAGE_ALONE)
		fprintf(to, ", \"number\": %zu", number);
	if (even)
		fputs(", \"even\": true", to);
	bool values = a->job->output.task == TASK_VALUES, classes = a->job->output.task == TASK_CLASSES;
	fprintf(to, ", \"%s\": [", classes ? "top" : task_name(a->job->output.task));
	for (size_t t = 0; t < a->top; t++) {
		const size_t class = order[t];
		fputs(t > 0 ? ", {" : "{", to);
		if (classes)
			fprintf(to, "\"class\": %zu, ", class);
		fputs("\"name\": ", to);
		json_text(to, a->names->name[class]);
		if (values && a->job->output.united > 0) {
			fputs(", \"unit\": ", to);
			json_text(to, a->job->output.units[class]);
		}
		number_json(to, values ? "value" : a->shares ? "share" : "score", score[class]);
	}
	fputs("]}\n", to);
}

void answer_json_bad(FILE *to, const char *name, const char *text)
{
	fputs("{\"image\": ", to);
	json_text(to, name);
	fputs(", \"error\": ", to);
	json_text(to, text);
	fputs("}\n", to);
}
