/* Kernels side by side, as grey bytes. */
#include <convoy/picture.h>

#include <math.h>
#include <string.h>

size_t grid_height(const struct grid *grid)
{
	return grid->tall * (grid->rows + 1) + 1;
}

size_t grid_width(const struct grid *grid)
{
	return grid->wide * (grid->columns + 1) + 1;
}

void grid_draw(const struct grid *grid, const float *value, const bool *present, uint8_t *byte)
{
	size_t size = grid->rows * grid->columns, width = grid_width(grid);
	float most = values_largest(grid->tall * grid->wide * size, value);
	float unit = most > 0 && isfinite(most) ? 127 / most : 0;
	memset(byte, 0, grid_height(grid) * width);
	for (size_t tile = 0; tile < grid->tall * grid->wide; tile++) {
		size_t top = tile / grid->wide * (grid->rows + 1) + 1, left = tile % grid->wide * (grid->columns + 1) + 1;
		if (present != NULL && !present[tile])
			continue;
		for (size_t i = 0; i < size; i++)
			byte[(top + i / grid->columns) * width + left + i % grid->columns] =
				(uint8_t)(128 + lrintf(value[tile * size + i] * unit));
	}
}
