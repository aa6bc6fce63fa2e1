/* convoy eval: the tables and the JSON of classes, of values and of labels. */
#ifndef CONVOY_APP_MEASURES_H
#define CONVOY_APP_MEASURES_H

#include "app.h"

/* Print the measures of each class, value or label: as a table, or as a list of JSON, ",\n  \"values\": [ … ]".
 * Those of classes come from the model's confusion. */
void classes_print(const struct model *model, const struct evaluation *e);
void classes_json(const struct model *model, const struct evaluation *e);
void values_print(const struct model *model, const struct evaluation *e);
void values_json(const struct model *model, const struct evaluation *e);
void labels_print(const struct model *model, const struct evaluation *e);
void labels_json(const struct model *model, const struct evaluation *e);

#endif
