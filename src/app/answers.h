/* What a network says of a sample, as text or JSON. */
#ifndef CONVOY_APP_ANSWERS_H
#define CONVOY_APP_ANSWERS_H

#include <convoy/model.h>

#include <stdio.h>

struct answers {
	const struct class_names *names;
	const struct job *job;
	size_t top;     /* classes of an answer: the best ones; of values and labels all */
	size_t columns; /* that a name takes */
	bool whole;     /* names of images are not shortened: no terminal shows them */
	bool shares;    /* scores are shares of positions */
};

/* Returns how to print what the model says: the `top` best classes, or all if there are fewer; values and labels all.
 * whole: names of images are not shortened. */
struct answers answers_over(const struct model *model, size_t top, bool whole);

/* Print the scores of the best classes, order [top], as a line of text or as a JSON object; of values and labels all,
 * in the job's order. `score` has those of all. `number` is that of the sample in its file; IMAGE_ALONE: no number. */
void answer_text(const struct answers *answers, FILE *to, const char *name, size_t number, const float *score,
                 const size_t *order);
void answer_json(const struct answers *answers, FILE *to, const char *name, size_t number, bool even,
                 const float *score, const size_t *order);

/* Prints the JSON object of an image that cannot be read. */
void answer_json_bad(FILE *to, const char *name, const char *text);

#endif
