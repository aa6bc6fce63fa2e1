/* convoy eval: the tables and the JSON of values and of labels. */
#ifndef CONVOY_APP_MEASURES_H
#define CONVOY_APP_MEASURES_H

#include "app.h"

/* Print the measures of each value or label: as a table, or as a list of JSON, ",\n  \"values\": [ … ]". */
void values_print(const struct model *model, const struct evaluation *e);
void values_json(const struct model *model, const struct evaluation *e);
void labels_print(const struct model *model, const struct evaluation *e);
void labels_json(const struct model *model, const struct evaluation *e);

/* Returns the share of samples of which all labels are right, by weight. */
double labels_exact(const struct evaluation *e);

/* Returns the area of class or label k; NaN if there is none, or it was not computed. */
double auc_of(const struct evaluation *e, size_t k);

/* Prints ", "NAME": NUMBER", or null for NaN. */
void json_measure(const char *name, double value);

#endif
