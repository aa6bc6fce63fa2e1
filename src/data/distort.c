/* Distortion (mathematics, Distortion): images shifted, scaled, turned, sheared, bent, mirrored and partly erased, each
 * drawn anew for every epoch and sample. */
#include <convoy/data.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REACH = 3, LARGEST = 4096 }; /* the Gaussian's, in σ; largest side of an image */

/* The words of a sample's random stream: what is drawn, the noise of the fields, the bytes of an erased part. */
enum { WORDS_DRAWN = 12, WORDS_NOISE = 16, WORDS_ERASED = 1 << 24 };

struct distorter {
	struct distortion ask;
	struct shape shape;
	uint64_t seed;
	const struct kernels *kernels;
	bool moves, bends;
	struct warp warp; /* its arrays are owned */
	float *noise, *scratch, *field; /* [2][nodes]; [node_rows][pitch]; [2][rows][pitch] */
	uint32_t *word;                 /* of the noise, or of an erased part */
	uint8_t *frame;
};

bool distortion_any(const struct distortion *d)
{
	return d->shift > 0 || d->scale > 0 || d->rotation > 0 || d->shear > 0 || d->elastic.alpha > 0 || d->flip ||
	       d->erase > 0;
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

struct distorter *distorter_create(const struct distortion *ask, struct shape shape, uint64_t seed,
                                   const struct kernels *kernels, struct err *err)
{
	if (shape.rows > LARGEST || shape.columns > LARGEST || shape_size(shape) > (size_t)1 << 26) {
		err_set(err, EX_CONFIG, "data.distort: images of %zu×%zu×%zu are larger than %d×%d or 2^26 pixels", shape.maps,
		        shape.rows, shape.columns, LARGEST, LARGEST);
		return NULL;
	}
	struct distorter *d = memory_zeroed(1, sizeof *d, err);
	if (d == NULL)
		return NULL;
	d->ask = *ask;
	d->shape = shape;
	d->seed = seed;
	d->kernels = kernels;
	d->bends = ask->elastic.alpha > 0;
	d->moves = d->bends || ask->shift > 0 || ask->scale > 0 || ask->rotation > 0 || ask->shear > 0 || ask->flip;
	d->warp = (struct warp){.rows = shape.rows, .columns = shape.columns,
	                         .pitch = (shape.columns + LANES - 1) / LANES * LANES};
	if (d->bends && field_plan(d, err) != 0)
		goto fail;
	size_t nodes = d->warp.node_rows * d->warp.node_columns;
	d->word = memory_zeroed(nodes / 2 + shape_size(shape) / 4 + 4, sizeof *d->word, err);
	d->frame = memory_zeroed(shape.maps * (shape.rows + 3) * (shape.columns + 3), 1, err);
	if (d->word == NULL || d->frame == NULL)
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
	free(d);
}

/* ---- One image --------------------------------------------------------------------------------------------------- */

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

/* −most … most. */
static double word_within(uint32_t word, double most)
{
	return most * (((double)word + 0.5) * 0x1p-31 - 1);
}

static struct movement movement_draw(const struct distortion *ask, const uint32_t word[WORDS_DRAWN])
{
	return (struct movement){
		.shift_row = (double)word_below(word[0], 2 * ask->shift + 1) - (double)ask->shift,
		.shift_column = (double)word_below(word[1], 2 * ask->shift + 1) - (double)ask->shift,
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

static void frame_fill(struct distorter *d, const uint8_t *image)
{
	size_t rows = d->shape.rows, columns = d->shape.columns, pitch = columns + 3;
	for (size_t m = 0; m < d->shape.maps; m++)
		for (size_t r = 0; r < rows; r++)
			memcpy(d->frame + (m * (rows + 3) + r + 1) * pitch + 1, image + (m * rows + r) * columns, columns);
}

/* A side from an eighth to a half of the image's, at least 1. */
static size_t erased_side(uint32_t word, size_t side)
{
	size_t least = (side + 7) / 8, most = (side + 1) / 2;
	return least + word_below(word, most - least + 1);
}

/* Random bytes in a rectangle of all maps (Zhong et al. 2017). */
static void erase(struct distorter *d, const uint32_t word[WORDS_DRAWN], uint64_t epoch, uint32_t sample, uint8_t *out)
{
	size_t rows = d->shape.rows, columns = d->shape.columns;
	size_t high = erased_side(word[8], rows), wide = erased_side(word[9], columns);
	size_t top = word_below(word[10], rows - high + 1), left = word_below(word[11], columns - wide + 1);
	size_t each = (wide + 3) / 4 * 4, used = 0; /* bytes of noise for a row */
	size_t words = d->shape.maps * high * each / 4;
	random_words(d->seed, RANDOM_DISTORT, epoch, sample, WORDS_ERASED, words, d->word);
	for (size_t m = 0; m < d->shape.maps; m++)
		for (size_t r = top; r < top + high; r++, used += each)
			for (size_t c = 0; c < wide; c++) {
				uint32_t four = d->word[(used + c) / 4];
				out[(m * rows + r) * columns + left + c] = (uint8_t)(four >> 8 * (c % 4));
			}
}

void distorter_image(struct distorter *d, uint64_t epoch, uint32_t sample, const uint8_t *image, uint8_t *out)
{
	uint32_t word[WORDS_DRAWN];
	random_words(d->seed, RANDOM_DISTORT, epoch, sample, 0, WORDS_DRAWN, word);
	if (d->moves) {
		struct movement movement = movement_draw(&d->ask, word);
		float map[6];
		distortion_map(&movement, d->shape, map);
		if (d->bends)
			fields_make(d, epoch, sample);
		frame_fill(d, image);
		d->kernels->warp_image(&d->warp, map, d->bends ? d->field : NULL, d->shape.maps, d->frame, out);
	} else {
		memcpy(out, image, shape_size(d->shape));
	}
	if ((double)word[7] * 0x1p-32 < d->ask.erase)
		erase(d, word, epoch, sample, out);
}
