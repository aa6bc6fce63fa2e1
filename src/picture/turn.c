/* Turns pictures as a tag of their file says: the camera was held so. */
#include "picture.h"

#include <stdlib.h>
#include <string.h>

int photo_turn(struct photo *photo, unsigned orientation, struct err *err)
{
	enum { AS_IT_IS = 1, MIRRORED, HALF_TURN, UPSIDE_DOWN, TRANSPOSED, QUARTER_TURN, TRANSVERSE, BACK_TURN };
	if (orientation <= AS_IT_IS || orientation > BACK_TURN)
		return 0;
	bool swaps = orientation >= TRANSPOSED;
	bool from_below = orientation == HALF_TURN || orientation == UPSIDE_DOWN || orientation == QUARTER_TURN ||
	                  orientation == TRANSVERSE;
	bool from_right = orientation == MIRRORED || orientation == HALF_TURN || orientation == TRANSVERSE ||
	                  orientation == BACK_TURN;
	size_t rows = photo->rows, columns = photo->columns, bytes = photo_number_bytes(photo->number);
	uint8_t *turned = memory_zeroed(rows * columns * photo->maps, bytes, err), *next = turned;
	if (turned == NULL)
		return -1;
	photo->rows = swaps ? columns : rows;
	photo->columns = swaps ? rows : columns;
	for (size_t m = 0; m < photo->maps; m++)
		for (size_t y = 0; y < photo->rows; y++)
			for (size_t x = 0; x < photo->columns; x++) {
				size_t row = swaps ? x : y, column = swaps ? y : x;
				row = from_below ? rows - 1 - row : row;
				column = from_right ? columns - 1 - column : column;
				memcpy(next, photo->sample + ((m * rows + row) * columns + column) * bytes, bytes);
				next += bytes;
			}
	memcpy(photo->sample, turned, rows * columns * photo->maps * bytes);
	free(turned);
	return 0;
}
