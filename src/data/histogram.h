/* Mean and deviation of images that are seen some at a time. */
#ifndef CONVOY_DATA_HISTOGRAM_H
#define CONVOY_DATA_HISTOGRAM_H

#include <convoy/data.h>

/* How often each byte occurs in a map: all that mean and variance depend on. In several tables by turns, since runs of
 * equal bytes, as a background has, would make each count wait for the last. */
enum { LEVELS = 256, TABLES = 4 };
struct histogram {
	uint64_t times[TABLES][LEVELS];
};

/* Adds images [images][maps][rows][columns] to those of each map. */
void histograms_add(struct histogram *histogram, const struct shape *shape, const uint8_t *pixels, size_t images);

/* Mean and deviation of what was added, at least one image. */
void histograms_normalize(struct histogram *histogram, size_t maps, struct normalization *out);

/* What is not measured: mean 0, and the deviation of the mode (standard: 1). EX_DATAERR as normalization_measure. */
int normalization_constant(struct normalization *out, enum normalize mode, size_t maps, struct err *err);

#endif
