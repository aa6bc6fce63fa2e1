/* What a network says of a sample, on stdout. */
#ifndef CONVOY_APP_ANSWERS_H
#define CONVOY_APP_ANSWERS_H

#include <convoy/model.h>

struct answers {
	const struct class_names *names;
	size_t top;     /* classes of an answer: the best ones */
	size_t columns; /* that a class's name takes */
};

/* Returns how to print the `top` best of these classes, or all if there are fewer. */
struct answers answers_over(const struct class_names *names, size_t top);

/* Print the scores of the best classes, order [top], as a line of text or as a JSON object. `score` has those of all
 * classes. `number` is that of the sample in its file; IMAGE_ALONE: no number. */
void answer_text(const struct answers *answers, const char *name, const float *score, const size_t *order);
void answer_json(const struct answers *answers, const char *name, size_t number, bool even, const float *score,
                 const size_t *order);

#endif
