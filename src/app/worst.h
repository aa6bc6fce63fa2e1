/* convoy eval --worst: the largest errors of values and labels. */
#ifndef CONVOY_APP_WORST_H
#define CONVOY_APP_WORST_H

#include "app.h"

/* Writes a CSV file with a row for each value or label of each sample of the set, the largest errors first, those of
 * values as shares of their deviation (output.normalize). e->guess holds what the net says. */
int worst_write(const char *path, const struct model *model, const struct dataset *set, const struct evaluation *e,
                struct err *err);

#endif
