/* Arrays whose bytes lie in one run, in C order: cut into pieces of whole entries. */
#include "store.h"

#include <string.h>

int pieces_allocate(struct sample_pieces *out, size_t count, struct err *err)
{
	if (count > PIECES)
		return err_set(err, EX_DATAERR, "is stored in %zu chunks, the limit is %d", count, PIECES);
	out->count = count;
	out->piece = memory_zeroed(count, sizeof *out->piece, err);
	return out->piece != NULL ? 0 : -1;
}

int run_cut(struct sample_pieces *out, uint64_t offset, size_t bytes, struct err *err)
{
	size_t rows = out->dims[0], row = store_type_bytes(out->number.type);
	for (size_t i = 1; i < out->rank; i++)
		row *= out->dims[i];
	memcpy(out->each, out->dims, sizeof out->each);
	out->each[0] = row < bytes ? bytes / row : 1;
	if (out->each[0] < (rows + PIECES - 1) / PIECES)
		out->each[0] = (rows + PIECES - 1) / PIECES;
	if (pieces_allocate(out, (rows + out->each[0] - 1) / out->each[0], err) != 0)
		return -1;
	for (size_t i = 0, first = 0; i < out->count; i++, first += out->each[0]) {
		size_t some = rows - first < out->each[0] ? rows - first : out->each[0];
		out->piece[i] = (struct sample_piece){offset + first * row, some * row};
	}
	return 0;
}
