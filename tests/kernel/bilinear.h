/* Products of parameters and maps, linear in each: correlations and full products have the same properties. */
#ifndef TESTS_KERNEL_BILINEAR_H
#define TESTS_KERNEL_BILINEAR_H

#include "lanes.h"

struct bilinear {
	const struct correlation *c;      /* or, where NULL, */
	bool winograd;                    /* a correlation by points */
	bool grid;                        /* … in both directions */
	size_t units, inputs, positions;  /* a full product */
	size_t x, y, w, b, scratch;       /* numbers per sample; parameters; floats of scratch */
	size_t terms_y, terms_x, terms_w; /* most products in one sum (terms_w: of one lane) */
	double rounding;                  /* how much more than in a plain sum a rounding may count */
};

/* The shape of a correlation on a padded input. */
struct field {
	size_t in_maps, out_maps, rows, columns;
	struct sides kernel, stride, dilation;
};

/* A direct correlation of that shape over a table. */
struct bilinear bilinear_of_correlation(struct correlation *c, const struct connections *table,
                                        const struct field *field);

/* Correlations of one kind, and some of their shapes. */
struct bilinear_kind {
	size_t fields;
	const struct field *field; /* [fields] */
	struct field (*field_random)(struct dice *dice);
	struct bilinear (*make)(struct shelf *shelf, struct dice *dice, struct correlation *c, const struct field *field);
};

/* Checks those of these shapes, and of as many random ones. */
void bilinear_check(const struct bilinear_kind *kind, uint64_t seed, size_t random,
                    void (*check)(const struct bilinear *p, struct dice *dice));

/* The three products of a table, in lanes, and the reference's. b and db may be NULL. */
void bilinear_forward(const struct bilinear *p, const struct kernels *k, const float *w, const float *b, const float *x,
                      float *y);
void bilinear_input(const struct bilinear *p, const struct kernels *k, const float *w, const float *dy, float *dx,
                    float *scratch);
void bilinear_weights(const struct bilinear *p, const struct kernels *k, const float *x, const float *dy, float *dw,
                      float *db, float *scratch);

/* Against the reference, for every table of kernels; those with fused multiply-add against each other. */
void bilinear_is_right(const struct bilinear *p, struct dice *dice);

/* A lane's results do not change with what is in the other lanes, nor with the place of the lane. */
void bilinear_keeps_lanes_apart(const struct bilinear *p, struct dice *dice);

/* No products, no rounding: an empty lane's dy adds exactly nothing. */
void bilinear_adds_nothing(const struct bilinear *p, struct dice *dice);

/* ⟨y, dy⟩ = ⟨x, dx⟩ = ⟨w, dw⟩. */
void bilinear_is_adjoint(const struct bilinear *p, struct dice *dice);

#endif
