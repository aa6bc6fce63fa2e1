/* Pieces of a file of samples: fetched, checked, unpacked, and laid where their samples belong. */
#include "pieces.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

size_t block_bytes(const struct sample_pieces *p)
{
	size_t block = store_type_bytes(p->number.type);
	for (size_t i = 0; i < p->rank; i++)
		block *= p->each[i];
	return block;
}

/* ---- One piece --------------------------------------------------------------------------------------------------- */

/* A file that is written to may have other samples than those that were measured: one is read again in each epoch. */
static int unchanged(const struct sample_file *file, struct err *err)
{
	struct stat status;
	if (fstat(file->descriptor, &status) != 0)
		return err_set(err, EX_IOERR, "%s", strerror(errno));
	if (status.st_mtim.tv_sec == file->written.tv_sec && status.st_mtim.tv_nsec == file->written.tv_nsec)
		return 0;
	return err_set(err, EX_DATAERR, "the file was written to while it was read; --resume goes on if it "
	               "holds the same");
}

static int fetch(struct sample_reader *r, const struct sample_file *file, const struct sample_piece *piece,
                 struct err *err)
{
	if (piece->size > r->room)
		return err_set(err, EX_DATAERR, "has %llu bytes, more than it can need", (unsigned long long)piece->size);
	for (size_t done = 0; done < piece->size;) {
		ssize_t got = pread(file->descriptor, r->raw + done, piece->size - done, (off_t)(piece->offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, EX_IOERR, "%s", strerror(errno));
		if (got == 0)
			return err_set(err, EX_DATAERR, "the file became shorter while it was read");
		done += (size_t)got;
	}
	return unchanged(file, err);
}

static int unpack(struct sample_reader *r, size_t *size, struct err *err)
{
	uLongf whole = r->room;
	int code = uncompress(r->block, &whole, r->raw, *size);
	if (code == Z_MEM_ERROR)
		return err_memory(err, r->room);
	if (code != Z_OK)
		return err_set(err, EX_DATAERR, "damaged: its compressed data are: %s", zError(code));
	uint8_t *swap = r->raw;
	r->raw = r->block;
	r->block = swap;
	*size = whole;
	return 0;
}

/* Shuffling has put each byte of an item with those of the same place in all items; this puts the bytes of an item
 * together. What is left over stays where it is. */
static void unshuffle(struct sample_reader *r, size_t item, size_t size)
{
	size_t items = size / item;
	for (size_t b = 0; b < item; b++)
		for (size_t i = 0; i < items; i++)
			r->block[i * item + b] = r->raw[b * items + i];
	memcpy(r->block + items * item, r->raw + items * item, size - items * item);
	uint8_t *swap = r->raw;
	r->raw = r->block;
	r->block = swap;
}

/* Undoes the filters, the last first; the result is in r->raw. */
static int filters_undo(struct sample_reader *r, const struct sample_pieces *p, size_t *size, struct err *err)
{
	for (size_t i = p->filters; i-- > 0;) {
		if (p->filter[i] == PIECE_DEFLATE) {
			if (unpack(r, size, err) != 0)
				return -1;
			continue;
		}
		if (p->filter[i] == PIECE_SHUFFLE) {
			unshuffle(r, store_type_bytes(p->number.type), *size);
			continue;
		}
		if (*size < CHECKSUM)
			return err_set(err, EX_DATAERR, "damaged: no checksum");
		const uint8_t *said = r->raw + *size - CHECKSUM;
		uint32_t sum = said[0] | (uint32_t)said[1] << 8 | (uint32_t)said[2] << 16 | (uint32_t)said[3] << 24;
		*size -= CHECKSUM;
		uint32_t found = checksum_of(r->raw, *size);
		if (found != sum)
			return err_set(err, EX_DATAERR, "damaged: checksum %08x, the file says %08x", found, sum);
	}
	size_t block = block_bytes(p);
	if (p->filters > 0 && *size != block)
		return err_set(err, EX_DATAERR, "damaged: %zu bytes where there must be %zu", *size, block);
	return 0;
}

/* ---- A row of them ----------------------------------------------------------------------------------------------- */

/* Where a piece stands: its first entry, and how far it lies within the array, in each dimension. */
struct extent {
	size_t at[STORE_RANK], count[STORE_RANK];
};

static struct extent extent_of(const struct sample_pieces *p, size_t number)
{
	struct extent extent = {0};
	for (size_t i = p->rank; i-- > 0;) {
		size_t along = (p->dims[i] - 1) / p->each[i] + 1;
		extent.at[i] = number % along * p->each[i];
		number /= along;
		size_t left = p->dims[i] - extent.at[i];
		extent.count[i] = left < p->each[i] ? left : p->each[i];
	}
	return extent;
}

/* Copies what dimension `d` on of a piece holds to its place among the entries that begin with the piece's row. */
static void block_lay(const struct sample_pieces *p, const struct extent *extent, size_t d, const uint8_t *from,
                      uint8_t *out)
{
	size_t from_step = store_type_bytes(p->number.type), out_step = from_step;
	bool whole = true; /* the piece reaches over all that lies below */
	for (size_t i = d + 1; i < STORE_RANK; i++) {
		from_step *= p->each[i];
		out_step *= p->dims[i];
		whole = whole && p->each[i] == p->dims[i];
	}
	out += (d == 0 ? 0 : extent->at[d]) * out_step;
	if (whole || d + 1 == STORE_RANK) {
		memcpy(out, from, extent->count[d] * out_step);
		return;
	}
	for (size_t i = 0; i < extent->count[d]; i++)
		block_lay(p, extent, d + 1, from + i * from_step, out + i * out_step);
}

/* Fetches piece `number` into r->raw. */
static int piece_read(struct sample_reader *r, size_t part, size_t array, size_t number, struct err *err)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	const struct sample_file *own = &r->each[part][array], *file = own->descriptor < 0 ? &r->part[part] : own;
	size_t size = p->piece[number].size;
	if (fetch(r, file, &p->piece[number], err) == 0 && filters_undo(r, p, &size, err) == 0)
		return 0;
	return err_prefix(err, "%s: %s: chunk %zu (byte %llu)", r->path[part], p->path, number,
	                  (unsigned long long)p->piece[number].offset);
}

int reader_row(struct sample_reader *r, size_t part, size_t array, size_t first, uint8_t *out, struct err *err)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	size_t across = p->count / ((p->dims[0] - 1) / p->each[0] + 1);
	for (size_t n = first / p->each[0] * across, end = n + across; n < end; n++) {
		if (piece_read(r, part, array, n, err) != 0)
			return -1;
		struct extent extent = extent_of(p, n);
		block_lay(p, &extent, 0, r->raw, out);
	}
	return 0;
}

uint8_t *reader_view(struct sample_reader *r, size_t part, size_t array, size_t first, uint8_t *room, struct err *err)
{
	const struct sample_pieces *p = &r->index.array[part][array];
	bool whole = true; /* a piece is a row */
	for (size_t i = 1; i < p->rank; i++)
		whole = whole && p->each[i] == p->dims[i];
	if (whole)
		return piece_read(r, part, array, first / p->each[0], err) == 0 ? r->raw : NULL;
	return reader_row(r, part, array, first, room, err) == 0 ? room : NULL;
}
