/* The contents of the library's structures. */
#ifndef CONVOY_LIBRARY_LIBRARY_H
#define CONVOY_LIBRARY_LIBRARY_H

#include <convoy.h>
#include <convoy/model.h>

struct convoy_model {
	struct model *model;
};

/* Copies an error to *error, unless `error` is NULL. Always returns −1. */
int error_give(const struct err *err, struct convoy_error *error);

#endif
