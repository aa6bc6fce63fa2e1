/* A writer of PNG files of every kind. */
#include "picture/png_files.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

size_t png_channels(int type)
{
	return type == PNG_RGB ? 3 : type == PNG_GREY_ALPHA ? 2 : type == PNG_RGB_ALPHA ? 4 : 1;
}

static void add(struct bytes *to, const void *data, size_t count)
{
	to->byte = realloc(to->byte, to->count + count + 1);
	if (to->byte == NULL)
		abort();
	if (count > 0)
		memcpy(to->byte + to->count, data, count);
	to->count += count;
}

static void add32(struct bytes *to, uint32_t number)
{
	add(to, (uint8_t[]){(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}, 4);
}

void chunk_add(struct bytes *to, const char *name, const uint8_t *data, size_t count)
{
	add32(to, (uint32_t)count);
	size_t from = to->count;
	add(to, name, 4);
	add(to, data, count);
	add32(to, (uint32_t)crc32(0, to->byte + from, (uInt)(count + 4)));
}

static uint8_t paeth(int a, int b, int c)
{
	int p = a + b - c, pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
	return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

/* The rows of one pass, filtered: each begins with its filter's number. */
static void pass_add(struct bytes *to, const struct png_file *f, size_t x0, size_t y0, size_t dx, size_t dy)
{
	size_t channels = png_channels(f->type), each = channels * (size_t)f->depth, step = each < 8 ? 1 : each / 8;
	size_t columns = f->columns > x0 ? (f->columns - x0 + dx - 1) / dx : 0, stride = (columns * each + 7) / 8;
	if (columns == 0)
		return;
	uint8_t *row = calloc(2, stride), *above = row + stride;
	for (size_t y = y0, number = 0; y < f->rows; y += dy, number++) {
		uint8_t *filtered = calloc(1, stride + 1);
		memset(row, 0, stride);
		for (size_t i = 0; i < columns * channels; i++) {
			size_t x = x0 + i / channels * dx;
			uint32_t sample = f->sample[(y * f->columns + x) * channels + i % channels];
			for (int b = 0; b < f->depth; b++) { /* bit by bit, the most significant first */
				size_t bit = i * (size_t)f->depth + (size_t)b;
				row[bit / 8] |= (uint8_t)((sample >> (f->depth - 1 - b) & 1) << (7 - bit % 8));
			}
		}
		filtered[0] = (uint8_t)(number % 5);
		for (size_t i = 0; i < stride; i++) {
			int a = i >= step ? row[i - step] : 0, b = above[i], c = i >= step ? above[i - step] : 0;
			int guess[5] = {0, a, b, (a + b) / 2, paeth(a, b, c)};
			filtered[i + 1] = (uint8_t)(row[i] - guess[number % 5]);
		}
		add(to, filtered, stride + 1);
		memcpy(above, row, stride);
		free(filtered);
	}
	free(row);
}

struct bytes png_make(const struct png_file *f)
{
	static const size_t adam7[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4},
	                                   {1, 0, 2, 2}, {0, 1, 1, 2}};
	struct bytes file = {0}, header = {0}, rows = {0};
	add(&file, "\x89PNG\r\n\x1a\n", 8);
	add32(&header, (uint32_t)f->columns);
	add32(&header, (uint32_t)f->rows);
	add(&header, (uint8_t[]){(uint8_t)f->depth, (uint8_t)f->type, 0, 0, f->interlaced}, 5);
	chunk_add(&file, "IHDR", header.byte, header.count);
	add(&file, f->extra, f->extra_bytes);
	if (f->colours > 0)
		chunk_add(&file, "PLTE", f->palette, 3 * f->colours);
	if (f->transparent > 0)
		chunk_add(&file, "tRNS", f->trns, f->transparent);
	for (size_t p = 0; f->interlaced && p < 7; p++)
		pass_add(&rows, f, adam7[p][0], adam7[p][1], adam7[p][2], adam7[p][3]);
	if (!f->interlaced)
		pass_add(&rows, f, 0, 0, 1, 1);
	uLongf packed = compressBound(rows.count);
	uint8_t *data = malloc(packed);
	if (data == NULL || compress(data, &packed, rows.byte, rows.count) != Z_OK)
		abort();
	chunk_add(&file, "IDAT", data, packed / 2); /* in two chunks */
	chunk_add(&file, "IDAT", data + packed / 2, packed - packed / 2);
	chunk_add(&file, "IEND", NULL, 0);
	free(data);
	free(rows.byte);
	free(header.byte);
	return file;
}
