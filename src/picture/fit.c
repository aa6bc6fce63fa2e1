/* Scaling: each pixel of the result is the mean of the area that it covers. */
#include <convoy/picture.h>

#include <stdlib.h>
#include <string.h>

/* The stretch of the source that a pixel of the result covers, in units of 1/parts of a source pixel. */
struct stretch {
	size_t from, count, parts;
};

/* `crop` of `side` source pixels, centred, over `parts` result pixels: pixel `at` covers crop units, of which a source
 * pixel has `parts`. */
static struct stretch stretch_of(size_t side, size_t crop, size_t parts, size_t at)
{
	return (struct stretch){(side - crop) / 2 * parts + at * crop, crop, parts};
}

/* Adds up source rows, each as often as the stretch covers its units: sum [columns], of whole numbers in whole numbers,
 * so that the result is the same everywhere; of floats in double, always in this order. A product has the type
 * `product`. */
#define ROWS_ADD(name, type, product, total) \
	static void name(const void *map, size_t columns, struct stretch tall, total *restrict sum) \
	{ \
		memset(sum, 0, columns * sizeof *sum); \
		for (size_t y = tall.from, stop = tall.from + tall.count; y < stop;) { \
			size_t next = (y / tall.parts + 1) * tall.parts; \
			product high = (product)((next < stop ? next : stop) - y); \
			const type *restrict row = (const type *)map + y / tall.parts * columns; \
			for (size_t x = 0; x < columns; x++) \
				sum[x] += high * (product)row[x]; \
			y += (size_t)high; \
		} \
	}
ROWS_ADD(bytes_add, uint8_t, uint32_t, uint32_t)
ROWS_ADD(many_bytes_add, uint8_t, uint32_t, uint64_t)
ROWS_ADD(words_add, uint16_t, uint32_t, uint64_t)
ROWS_ADD(floats_add, float, double, double)

/* The sum over the area that a pixel covers, from such sums. */
#define AREA_SUM(name, type, total) \
	static total name(const type *sum, struct stretch wide) \
	{ \
		size_t x = wide.from / wide.parts, left = wide.count, broad = (x + 1) * wide.parts - wide.from; \
		total all = 0; \
		for (broad = broad < left ? broad : left; left > 0; x++) { \
			all += (total)sum[x] * (total)broad; \
			left -= broad; \
			broad = left < wide.parts ? left : wide.parts; \
		} \
		return all; \
	}
AREA_SUM(area_small, uint32_t, uint64_t)
AREA_SUM(area_whole, uint64_t, uint64_t)
AREA_SUM(area_real, double, double)

/* Sums of columns, of one of these kinds. */
union sums {
	uint32_t *small; /* of bytes, unless there are so many rows that 32 bits could overflow */
	uint64_t *whole;
	double *real;
};

static bool sums_are_small(const struct photo *photo, struct stretch tall)
{
	return photo->number == PHOTO_U8 && tall.count <= UINT32_MAX / UINT8_MAX;
}

static void rows_add(const void *map, const struct photo *photo, struct stretch tall, union sums sum)
{
	if (photo->number == PHOTO_F32)
		floats_add(map, photo->columns, tall, sum.real);
	else if (photo->number == PHOTO_U16)
		words_add(map, photo->columns, tall, sum.whole);
	else if (sums_are_small(photo, tall))
		bytes_add(map, photo->columns, tall, sum.small);
	else
		many_bytes_add(map, photo->columns, tall, sum.whole);
}

/* The mean of the area that a pixel covers, in the type of the picture. */
static void mean_put(const struct photo *photo, union sums sum, struct stretch tall, struct stretch wide, void *out,
                     size_t at)
{
	uint64_t area = (uint64_t)tall.count * wide.count;
	if (photo->number == PHOTO_F32)
		((float *)out)[at] = (float)(area_real(sum.real, wide) / (double)area);
	else if (photo->number == PHOTO_U16)
		((uint16_t *)out)[at] = (uint16_t)((area_whole(sum.whole, wide) + area / 2) / area);
	else if (sums_are_small(photo, tall))
		((uint8_t *)out)[at] = (uint8_t)((area_small(sum.small, wide) + area / 2) / area);
	else
		((uint8_t *)out)[at] = (uint8_t)((area_whole(sum.whole, wide) + area / 2) / area);
}

/* Scales the centred tall × wide of one map. */
static void map_fit(const void *map, const struct photo *photo, size_t tall, size_t wide, const struct photo *out,
                    union sums sum, void *to)
{
	for (size_t r = 0; r < out->rows; r++) {
		struct stretch down = stretch_of(photo->rows, tall, out->rows, r);
		rows_add(map, photo, down, sum);
		for (size_t c = 0; c < out->columns; c++)
			mean_put(photo, sum, down, stretch_of(photo->columns, wide, out->columns, c), to, r * out->columns + c);
	}
}

int photo_fit(struct photo *out, const struct photo *photo, size_t rows, size_t columns, struct err *err)
{
	*out = *photo;
	out->rows = rows;
	out->columns = columns;
	out->sample = NULL;
	if (rows == 0 || columns == 0 || rows > CANVAS_SIDE || columns > CANVAS_SIDE)
		return err_set(err, EX_DATAERR, "a picture of %zu×%zu pixels: sides are 1 to %d", columns, rows, CANVAS_SIDE);
	size_t tall = photo->rows, wide = photo->columns, bytes = photo_number_bytes(photo->number);
	size_t from = tall * wide * bytes, to = rows * columns * bytes;
	out->sample = memory_zeroed(to, photo->maps, err);
	void *sum = out->sample != NULL ? memory_zeroed(wide, sizeof(uint64_t), err) : NULL;
	const union sums sums = {sum};
	if (sum == NULL) {
		photo_free(out);
		return -1;
	}
	if (tall * columns > wide * rows)
		tall = wide * rows / columns > 0 ? wide * rows / columns : 1;
	else
		wide = tall * columns / rows > 0 ? tall * columns / rows : 1;
	for (size_t m = 0; m < photo->maps; m++)
		if (rows == photo->rows && columns == photo->columns)
			memcpy(out->sample + m * to, photo->sample + m * from, to);
		else
			map_fit(photo->sample + m * from, photo, tall, wide, out, sums, out->sample + m * to);
	free(sum);
	return 0;
}
