/* Memory of what training changes. Private to the room model. */
#ifndef CONVOY_MODEL_STATE_H
#define CONVOY_MODEL_STATE_H

#include <convoy/model.h>

/* Makes the memory that a model with a job and a net owns, zeroed. What there is at a failure is members_free's. */
int members_create(struct model *model, struct err *err);
void members_free(struct model *model);

#endif
