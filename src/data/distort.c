/* Distortion (mathematics, Distortion): samples shifted, scaled, turned, sheared, bent, mirrored and partly erased, for
 * every epoch and sample anew. */
#include "data.h"
#include "distort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REACH = 3, LARGEST = 4096 }; /* the Gaussian's, in σ; largest side of a sample */

/* The words of a sample's random stream: what is drawn, the noise of the fields, the numbers of an erased part. */
enum { WORDS_DRAWN = 16, WORDS_NOISE = 16, WORDS_ERASED = 1 << 24 };

struct distorter {
	struct distortion ask;
	struct shape shape;
	enum element element;
	uint64_t seed;
	const struct kernels *kernels;
	bool moves, bends;
	struct warp warp; /* its arrays are owned */
	float *noise, *scratch, *field; /* [2][nodes]; [node_rows][pitch]; [2][rows][pitch] */
	uint32_t *word;                 /* of the noise, or of an erased part */
	float map[6];                   /* of the last sample */
	void *frame, *targets; /* maps of inputs, bytes or floats, and of targets, floats or classes, in a border of 0 */
};

bool distortion_moves(const struct distortion *d)
{
	return d->shift > 0 || d->crop > 0 || d->scale > 0 || d->rotation > 0 || d->shear > 0 || d->elastic.alpha > 0 ||
	       d->flip;
}

bool distortion_any(const struct distortion *d)
{
	return distortion_moves(d) || d->erase > 0;
}

/* ---- Planning ---------------------------------------------------------------------------------------------------- */

/* Nodes stand σ apart, so that the sum of their squared Gaussians is even to 1e-4, from REACH σ before the first pixel
 * to as far behind the last. */
static size_t nodes_count(size_t pixels, double sigma)
{
	return (size_t)ceil((double)(pixels - 1) / sigma) + 2 * REACH + 1;
}

/* exp(−d²/2σ²) for each pixel and node; first (may be NULL): the first node within reach of a pixel. */
static void weights_fill(size_t pixels, size_t nodes, double sigma, double factor, size_t pixel_step, size_t node_step,
                         float *weight, uint32_t *first)
{
	double begin = ((double)(pixels - 1) - (double)(nodes - 1) * sigma) / 2;
	for (size_t p = 0; p < pixels; p++) {
		for (size_t n = 0; n < nodes; n++) {
			double d = ((double)p - begin) / sigma - (double)n;
			weight[p * pixel_step + n * node_step] = (float)(factor * scalar_exp(-0.5 * d * d));
		}
		if (first != NULL) {
			size_t from = (size_t)ceil(((double)p - begin) / sigma) - REACH;
			first[p] = (uint32_t)(from + 2 * REACH + 1 > nodes ? nodes - 2 * REACH - 1 : from);
		}
	}
}

/* White noise smoothed by a Gaussian of integral 1 and multiplied by α, as by Simard et al. (2003): a node stands for
 * σ² pixels of noise, whose mean is σ times smaller, hence α / (2πσ). Noise is in units of 1/128. */
static int field_plan(struct distorter *d, struct err *err)
{
	struct warp *w = &d->warp;
	double sigma = d->ask.elastic.sigma;
	w->node_rows = nodes_count(w->rows, sigma);
	w->node_columns = nodes_count(w->columns, sigma);
	w->node_reach = 2 * REACH + 1;
	size_t nodes = w->node_rows * w->node_columns;
	uint32_t *first = memory_zeroed(w->rows, sizeof *first, err);
	float *row_weight = memory_zeroed(w->rows * w->node_rows, sizeof *row_weight, err);
	float *column_weight = memory_zeroed(w->pitch * w->node_columns, sizeof *column_weight, err);
	w->node_first = first;
	w->row_weight = row_weight;
	w->column_weight = column_weight;
	d->noise = memory_zeroed(2 * nodes + 4, sizeof *d->noise, err);
	d->scratch = memory_zeroed(w->node_rows * w->pitch, sizeof *d->scratch, err);
	d->field = memory_zeroed(2 * w->rows * w->pitch, sizeof *d->field, err);
	if (first == NULL || row_weight == NULL || column_weight == NULL || d->noise == NULL || d->scratch == NULL ||
	    d->field == NULL)
		return -1;
	double factor = d->ask.elastic.alpha / (2 * 3.14159265358979323846 * sigma) / 128;
	weights_fill(w->rows, w->node_rows, sigma, factor, w->node_rows, 1, row_weight, first);
	weights_fill(w->columns, w->node_columns, sigma, 1, 1, w->pitch, column_weight, NULL);
	return 0;
}

struct distorter *distorter_create(const struct distortion *ask, struct shape shape, enum element element, size_t maps,
                                   uint64_t seed, const struct kernels *kernels, struct err *err)
{
	size_t most = (size_t)1 << 26, all = shape.rows * shape.columns * size_larger(shape.maps, maps);
	if (shape.rows > LARGEST || shape.columns > LARGEST || all > most) {
		err_set(err, EX_CONFIG, "data.distort: samples of %zu×%zu×%zu are larger than %d×%d or 2^26 numbers",
		        size_larger(shape.maps, maps), shape.rows, shape.columns, LARGEST, LARGEST);
		return NULL;
	}
	struct distorter *d = memory_zeroed(1, sizeof *d, err);
	if (d == NULL)
		return NULL;
	d->ask = *ask;
	d->shape = shape;
	d->element = element;
	d->seed = seed;
	d->kernels = kernels;
	d->bends = ask->elastic.alpha > 0;
	d->moves = distortion_moves(ask);
	d->warp = (struct warp){.rows = shape.rows, .columns = shape.columns,
	                         .pitch = (shape.columns + LANES - 1) / LANES * LANES};
	if (d->bends && field_plan(d, err) != 0)
		goto fail;
	size_t nodes = d->warp.node_rows * d->warp.node_columns;
	size_t erased = shape.maps * ((shape.rows + 1) / 2) * ((shape.columns + 1) / 2 + 3); /* numbers, at most */
	d->word = memory_zeroed(size_larger((2 * nodes + 3) / 4, erased) + 4, sizeof *d->word, err);
	size_t framed = (shape.rows + 3) * (shape.columns + 3);
	d->frame = memory_zeroed(shape.maps * framed, element == ELEMENT_U8 ? 1 : sizeof(float), err);
	d->targets = memory_zeroed(maps * framed, sizeof(float), err);
	if (d->word == NULL || d->frame == NULL || d->targets == NULL)
		goto fail;
	return d;
fail:
	distorter_destroy(d);
	return NULL;
}

void distorter_destroy(struct distorter *d)
{
	if (d == NULL)
		return;
	free((void *)d->warp.node_first);
	free((void *)d->warp.row_weight);
	free((void *)d->warp.column_weight);
	free(d->noise);
	free(d->scratch);
	free(d->field);
	free(d->word);
	free(d->frame);
	free(d->targets);
	free(d);
}

/* ---- One sample -------------------------------------------------------------------------------------------------- */

void distortion_map(const struct movement *m, struct shape shape, float map[6])
{
	double turn = fabs(m->rotation) / 180, cosine = scalar_cospi(turn), sine = scalar_cospi(fabs(turn - 0.5));
	if (m->rotation < 0)
		sine = 0 - sine;
	double row[2] = {cosine, sine}, column[2] = {m->shear * cosine - sine, m->shear * sine + cosine};
	double centre_row = (double)(shape.rows - 1) / 2, centre_column = (double)(shape.columns - 1) / 2;
	for (size_t i = 0; i < 2; i++) {
		row[i] /= m->scale_row;
		column[i] /= m->flip ? 0 - m->scale_column : m->scale_column;
		map[i] = (float)row[i];
		map[3 + i] = (float)column[i];
	}
	double from_row = centre_row + m->shift_row, from_column = centre_column + m->shift_column;
	map[2] = (float)(centre_row - row[0] * from_row - row[1] * from_column);
	map[5] = (float)(centre_column - column[0] * from_row - column[1] * from_column);
}

/* 0 … n−1. */
static size_t word_below(uint32_t word, size_t n)
{
	return (size_t)((uint64_t)word * n >> 32);
}

/* A whole number, −most … most. */
static double word_shift(uint32_t word, size_t most)
{
	return (double)word_below(word, 2 * most + 1) - (double)most;
}

/* −most … most. */
static double word_within(uint32_t word, double most)
{
	return most * (((double)word + 0.5) * 0x1p-31 - 1);
}

static struct movement movement_draw(const struct distortion *ask, const uint32_t word[WORDS_DRAWN])
{
	return (struct movement){
		.shift_row = word_shift(word[0], ask->shift) + word_shift(word[12], ask->crop),
		.shift_column = word_shift(word[1], ask->shift) + word_shift(word[13], ask->crop),
		.scale_row = 1 + word_within(word[2], ask->scale),
		.scale_column = 1 + word_within(word[3], ask->scale),
		.rotation = word_within(word[4], ask->rotation),
		.shear = word_within(word[5], ask->shear),
		.flip = ask->flip && word[6] >> 31 != 0,
	};
}

static void fields_make(struct distorter *d, uint64_t epoch, uint32_t sample)
{
	const struct warp *w = &d->warp;
	size_t nodes = w->node_rows * w->node_columns, words = (2 * nodes + 3) / 4;
	random_words(d->seed, RANDOM_DISTORT, epoch, sample, WORDS_NOISE, words, d->word);
	for (size_t i = 0; i < words; i++)
		for (size_t k = 0; k < 4; k++)
			d->noise[4 * i + k] = (float)((int32_t)(d->word[i] >> 8 * k & 255) - 128) + 0.5f;
	for (size_t f = 0; f < 2; f++)
		d->kernels->warp_field(w, d->noise + f * nodes, d->scratch, d->field + f * w->rows * w->pitch);
}

/* Puts maps into their frames, whose border is 0: bytes or classes as they are, or numbers of any type as floats. */
static void frame_fill(const struct distorter *d, enum element element, bool floats, size_t maps,
                       const uint8_t *numbers, void *frame)
{
	size_t rows = d->shape.rows, columns = d->shape.columns, pitch = columns + 3;
	size_t bytes = element_bytes(element), each = floats ? sizeof(float) : bytes;
	for (size_t m = 0; m < maps; m++)
		for (size_t r = 0; r < rows; r++) {
			const uint8_t *from = numbers + (m * rows + r) * columns * bytes;
			uint8_t *to = (uint8_t *)frame + ((m * (rows + 3) + r + 1) * pitch + 1) * each;
			if (floats)
				elements_float(element, from, columns, (float *)(void *)to);
			else
				memcpy(to, from, columns * bytes);
		}
}

/* A rectangle of all maps that becomes noise (Zhong et al. 2017). */
struct erased {
	size_t high, wide, top, left;
};

/* A side from an eighth to a half of the sample's, at least 1. */
static size_t erased_side(uint32_t word, size_t side)
{
	size_t least = (side + 7) / 8, most = (side + 1) / 2;
	return least + word_below(word, most - least + 1);
}

static struct erased erased_draw(const struct shape *shape, const uint32_t word[WORDS_DRAWN])
{
	struct erased e = {.high = erased_side(word[8], shape->rows), .wide = erased_side(word[9], shape->columns)};
	e.top = word_below(word[10], shape->rows - e.high + 1);
	e.left = word_below(word[11], shape->columns - e.wide + 1);
	return e;
}

/* Of bytes it is any bytes: four of a word, each row begins with a word of its own. */
static void bytes_erase(struct distorter *d, const struct erased *e, uint64_t epoch, uint32_t sample, uint8_t *out)
{
	size_t rows = d->shape.rows, columns = d->shape.columns;
	size_t each = (e->wide + 3) / 4 * 4, used = 0; /* bytes of noise for a row */
	random_words(d->seed, RANDOM_DISTORT, epoch, sample, WORDS_ERASED, d->shape.maps * e->high * each / 4, d->word);
	for (size_t m = 0; m < d->shape.maps; m++)
		for (size_t r = e->top; r < e->top + e->high; r++, used += each)
			for (size_t c = 0; c < e->wide; c++) {
				uint32_t four = d->word[(used + c) / 4];
				out[(m * rows + r) * columns + e->left + c] = (uint8_t)(four >> 8 * (c % 4));
			}
}

/* Of other types, any numbers between the least and the largest of the sample's map, as it was. */
static void floats_erase(struct distorter *d, const struct erased *e, uint64_t epoch, uint32_t sample,
                         const uint8_t *inputs, float *out)
{
	size_t rows = d->shape.rows, columns = d->shape.columns, bytes = element_bytes(d->element), used = 0;
	random_words(d->seed, RANDOM_DISTORT, epoch, sample, WORDS_ERASED, d->shape.maps * e->high * e->wide, d->word);
	for (size_t m = 0; m < d->shape.maps; m++) {
		float least = INFINITY, most = -INFINITY;
		for (size_t i = 0; i < rows * columns; i++) {
			float number;
			elements_float(d->element, inputs + (m * rows * columns + i) * bytes, 1, &number);
			least = number < least ? number : least;
			most = number > most ? number : most;
		}
		for (size_t r = e->top; r < e->top + e->high; r++)
			for (size_t c = 0; c < e->wide; c++) {
				double part = ((double)most - (double)least) * ((double)d->word[used++] * 0x1p-32);
				out[(m * rows + r) * columns + e->left + c] = (float)((double)least + part);
			}
	}
}

void distorter_inputs(struct distorter *d, uint64_t epoch, uint32_t sample, const uint8_t *inputs, void *out)
{
	uint32_t word[WORDS_DRAWN];
	size_t maps = d->shape.maps;
	bool floats = d->element != ELEMENT_U8;
	const float *field = d->bends ? d->field : NULL;
	random_words(d->seed, RANDOM_DISTORT, epoch, sample, 0, WORDS_DRAWN, word);
	if (d->moves) {
		struct movement movement = movement_draw(&d->ask, word);
		distortion_map(&movement, d->shape, d->map);
		if (d->bends)
			fields_make(d, epoch, sample);
		frame_fill(d, d->element, floats, maps, inputs, d->frame);
		if (floats)
			d->kernels->warp_floats(&d->warp, d->map, field, maps, d->frame, out);
		else
			d->kernels->warp_image(&d->warp, d->map, field, maps, d->frame, out);
	} else if (floats) {
		elements_float(d->element, inputs, shape_size(d->shape), out);
	} else {
		memcpy(out, inputs, shape_size(d->shape));
	}
	if ((double)word[7] * 0x1p-32 >= d->ask.erase)
		return;
	const struct erased erased = erased_draw(&d->shape, word);
	if (floats)
		floats_erase(d, &erased, epoch, sample, inputs, out);
	else
		bytes_erase(d, &erased, epoch, sample, out);
}

/* Either kind of targets has the same frames; the border is 0 for both. */
static void targets_frame(struct distorter *d, enum element element, size_t maps, const void *targets)
{
	memset(d->targets, 0, maps * (d->shape.rows + 3) * (d->shape.columns + 3) * element_bytes(element));
	frame_fill(d, element, element == ELEMENT_F32, maps, targets, d->targets);
}

void distorter_values(struct distorter *d, size_t maps, const float *targets, float *out)
{
	targets_frame(d, ELEMENT_F32, maps, targets);
	d->kernels->warp_floats(&d->warp, d->map, d->bends ? d->field : NULL, maps, d->targets, out);
}

void distorter_classes(struct distorter *d, const uint16_t *targets, uint16_t *out)
{
	targets_frame(d, ELEMENT_U16, 1, targets);
	d->kernels->warp_classes(&d->warp, d->map, d->bends ? d->field : NULL, d->targets, out);
}
