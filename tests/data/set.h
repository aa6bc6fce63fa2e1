/* Data sets of classes, for tests. */
#ifndef TESTS_DATA_SET_H
#define TESTS_DATA_SET_H

#include <convoy/data.h>

/* Reads a part of the data set at `place` as dataset_read does. */
static inline int classes_read(struct dataset *out, enum data_format format, const char *place, enum data_part part,
                               struct shape shape, size_t classes, struct err *err)
{
	const struct data_source source = {.format = format, .place = place};
	const struct data_need need = {.shape = shape, .classes = classes};
	return dataset_read(out, &source, part, &need, err);
}

#endif
