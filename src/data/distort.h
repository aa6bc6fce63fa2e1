/* Distortion of a sample (mathematics, Distortion). */
#ifndef CONVOY_DATA_DISTORT_H
#define CONVOY_DATA_DISTORT_H

#include <convoy/data.h>

/* The values drawn for one sample. In this order and around its centre, it is mirrored, scaled, sheared, turned
 * counter-clockwise by `rotation` degrees (−180 … 180), then shifted down and right. distortion_map gives the map from
 * its positions to those of the undistorted sample (struct kernels, warp_image). */
struct movement {
	double shift_row, shift_column, scale_row, scale_column, rotation, shear;
	bool flip;
};
void distortion_map(const struct movement *movement, struct shape shape, float map[6]);

/* Distorts inputs of one shape and type, one sample at a time, and targets of the same rows and columns, of which a
 * sample has at most `maps` maps. NULL on failure: EX_OSERR without memory, EX_CONFIG if a sample is too large. Free
 * with distorter_destroy. */
struct distorter;
struct distorter *distorter_create(const struct distortion *ask, struct shape shape, enum element element, size_t maps,
                                   uint64_t seed, const struct kernels *kernels, struct err *err);
void distorter_destroy(struct distorter *distorter);

/* Gives the distorted inputs [maps][rows][columns]: bytes of bytes, floats of all other types. They depend on seed,
 * epoch, sample and inputs alone, and have the same bytes with every instruction set. Outside, numbers are 0. */
void distorter_inputs(struct distorter *distorter, uint64_t epoch, uint32_t sample, const uint8_t *inputs, void *out);

/* Move targets [maps][rows][columns] as the inputs before them, if distortion_moves: floats, or one map of classes,
 * where each becomes that of the nearest position. Outside, they are 0. */
void distorter_values(struct distorter *distorter, size_t maps, const float *targets, float *out);
void distorter_classes(struct distorter *distorter, const uint16_t *targets, uint16_t *out);

#endif
