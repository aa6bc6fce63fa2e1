/* What the library's structures hold. */
#ifndef CONVOY_LIBRARY_LIBRARY_H
#define CONVOY_LIBRARY_LIBRARY_H

#include <convoy.h>
#include <convoy/model.h>

struct convoy_model {
	struct model *model;
};

/* Hands an error out, where it is wanted. Always −1. */
int error_give(const struct err *err, struct convoy_error *error);

#endif
