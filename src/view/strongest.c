/* Of many tiles those that a page shows at once: the strongest, large enough to be seen. */
#include "view.h"

#include <stdlib.h>
#include <string.h>

/* Pixels of a picture without its numbers; the least of a tile's side, and of a tile that is one number. */
enum { WIDTH = 460, HEIGHT = 560, LEAST = 20, LEAST_NUMBER = 3 };

/* Finds the zoom with which all fits, or the least. */
static void zoom_fit(struct tiles *t)
{
	size_t least = t->columns > 1 ? (LEAST + t->columns - 1) / t->columns : LEAST_NUMBER;
	if (t->label != NULL)
		least = 1;
	for (;; t->zoom--) {
		if (t->wrapped) {
			t->wide = WIDTH / tiles_pitch_x(t) > 0 ? WIDTH / tiles_pitch_x(t) : 1;
			t->wide = t->count < t->wide ? t->count : t->wide;
			t->tall = (t->count + t->wide - 1) / t->wide;
		}
		bool fits = t->wide * tiles_pitch_x(t) <= WIDTH && t->tall * tiles_pitch_y(t) <= HEIGHT;
		if (t->zoom <= least || fits)
			return;
	}
}

static double tile_strength(const struct tiles *t, size_t tile)
{
	size_t size = t->rows * t->columns;
	double sum = 0;
	for (size_t i = 0; i < size; i++)
		sum += (double)t->value[tile * size + i] * (double)t->value[tile * size + i];
	return sum;
}

/* Gives the numbers of the `most` largest of `count` strengths, ascending; of equals the first. Clears those. */
static void strongest(size_t count, double *strength, size_t most, size_t *number)
{
	for (size_t n = 0; n < most; n++) {
		size_t best = 0;
		for (size_t i = 1; i < count; i++)
			if (strength[i] > strength[best])
				best = i;
		strength[best] = -1;
		size_t place = n;
		for (; place > 0 && number[place - 1] > best; place--)
			number[place] = number[place - 1];
		number[place] = best;
	}
}

/* Chooses rows of tiles, or tiles of a sequence; then the columns that are strongest in them. */
static void numbers_choose(const struct tiles *t, struct chosen *c, double *strength)
{
	size_t lines = t->wrapped ? t->count : t->tall, length = t->wrapped ? 1 : t->wide;
	memset(strength, 0, lines * sizeof *strength);
	for (size_t j = 0; j < lines; j++)
		for (size_t i = 0; i < length; i++)
			strength[j] += tile_strength(t, j * length + i);
	size_t kept = t->wrapped ? c->tiles.count : c->tiles.tall;
	strongest(lines, strength, kept, c->row);
	memset(strength, 0, length * sizeof *strength);
	for (size_t j = 0; j < kept; j++)
		for (size_t i = 0; i < length; i++)
			strength[i] += tile_strength(t, c->row[j] * length + i);
	strongest(length, strength, t->wrapped ? 1 : c->tiles.wide, c->column);
}

static void tiles_copy(const struct tiles *t, struct chosen *c)
{
	size_t size = t->rows * t->columns;
	size_t tall = t->wrapped ? c->tiles.count : c->tiles.tall, wide = t->wrapped ? 1 : c->tiles.wide;
	for (size_t j = 0; j < tall; j++)
		for (size_t i = 0; i < wide; i++) {
			size_t from = c->row[j] * (t->wrapped ? 1 : t->wide) + c->column[i];
			memcpy(c->value + (j * wide + i) * size, t->value + from * size, size * sizeof *c->value);
			c->present[j * wide + i] = t->present == NULL || t->present[from];
		}
}

int tiles_choose(struct tiles *t, struct chosen *c, struct err *err)
{
	*c = (struct chosen){0};
	zoom_fit(t);
	size_t tall = HEIGHT / tiles_pitch_y(t) > 0 ? HEIGHT / tiles_pitch_y(t) : 1;
	size_t wide = WIDTH / tiles_pitch_x(t) > 0 ? WIDTH / tiles_pitch_x(t) : 1;
	tall = tall < t->tall ? tall : t->tall;
	wide = wide < t->wide ? wide : t->wide;
	while (t->most > 0 && tall * wide * t->rows * t->columns > t->most && (tall > 1 || wide > 1)) {
		size_t *longer = tall > wide ? &tall : &wide;
		*longer = (*longer + 1) / 2;
	}
	if (t->label != NULL || (t->tall <= tall && t->wide <= wide))
		return 0;
	c->tiles = *t;
	c->tiles.tall = tall;
	c->tiles.wide = wide;
	size_t tiles = c->tiles.tall * c->tiles.wide, lines = t->wrapped ? t->count : t->tall > t->wide ? t->tall : t->wide;
	c->tiles.count = t->wrapped ? tiles : 0;
	double *strength = memory_zeroed(lines, sizeof *strength, err);
	c->value = memory_zeroed(tiles, t->rows * t->columns * sizeof *c->value, err);
	c->present = memory_zeroed(tiles, sizeof *c->present, err);
	c->row = memory_zeroed(tiles, sizeof *c->row, err);
	c->column = memory_zeroed(tiles, sizeof *c->column, err);
	bool made = strength != NULL && c->value != NULL && c->present != NULL && c->row != NULL && c->column != NULL;
	if (made) {
		numbers_choose(t, c, strength);
		tiles_copy(t, c);
		c->tiles.value = c->value;
		c->tiles.present = c->present;
		c->tiles.row = c->row;
		c->tiles.column = c->column;
		c->tiles.all_tall = t->wrapped ? t->count : t->tall;
		c->tiles.all_wide = t->wide;
	}
	free(strength);
	return made ? 1 : -1;
}

void chosen_free(struct chosen *chosen)
{
	free(chosen->value);
	free(chosen->present);
	free(chosen->row);
	free(chosen->column);
}
