/* Where the bytes of an array lie that others wrote: in one run or in chunks. */
#include "content.h"

#include <stdio.h>
#include <string.h>

enum { RUN_PIECE = 1 << 20 }; /* bytes of the pieces of an array in one run */

/* Filters by their registered numbers. */
static const struct {
	int number;
	const char *name;
} known[] = {
	{4, "szip"}, {5, "nbit"}, {6, "scaleoffset"}, {305, "LZO"}, {307, "bzip2"}, {32000, "lzf"}, {32001, "blosc"},
	{32002, "MAFISC"}, {32003, "Snappy"}, {32004, "lz4"}, {32005, "APAX"}, {32006, "CBF"}, {32007, "JPEG-XR"},
	{32008, "bitshuffle"}, {32009, "SPDP"}, {32010, "LPC-Rice"}, {32011, "CCSDS-123"}, {32012, "JPEG-LS"},
	{32013, "zfp"}, {32014, "fpzip"}, {32015, "zstd"}, {32016, "B3D"}, {32017, "SZ"}, {32018, "FCIDECOMP"},
	{32019, "JPEG"}, {32022, "Granular BitRound"}, {32023, "BitGroom"}, {32026, "blosc2"},
};

/* Filters beyond this number come as plugins of HDF5. */
enum { OWN_FILTERS = 256 };

static int filter_refuse(int number, const char *own_name, struct err *err)
{
	const char *name = text_fault(own_name) == NULL ? own_name : "unknown";
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].number == number)
			name = known[i].name;
	return err_set(err, EX_DATAERR, "is stored with filter %s (%d), which convoy does not read; %s", name, number,
	               number < OWN_FILTERS
	               ? "h5repack -f GZIP=4 IN OUT rewrites it"
	               : "write it with compression gzip, or use h5repack -f GZIP=4 IN OUT where HDF5 has a plugin for it");
}

/* The filters that convoy undoes itself. Shuffling moves the bytes of a value: of one byte it moves nothing. */
static int filters_read(const struct store *store, hid_t create, size_t item, struct sample_pieces *out,
                        struct err *err)
{
	int filters = H5Pget_nfilters(create);
	if (filters < 0)
		return hdf5_fail(store, "read the filters", err);
	for (int i = 0; i < filters; i++) {
		unsigned flags, config, value[1] = {0};
		size_t values = 1;
		char name[64] = "";
		H5Z_filter_t filter = H5Pget_filter2(create, (unsigned)i, &flags, &values, value, sizeof name, name, &config);
		if (filter < 0)
			return hdf5_fail(store, "read the filters", err);
		name[sizeof name - 1] = 0;
		if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_FLETCHER32 && filter != H5Z_FILTER_SHUFFLE)
			return filter_refuse((int)filter, name, err);
		if (filter == H5Z_FILTER_SHUFFLE && values > 0 && value[0] != item)
			return err_set(err, EX_DATAERR, "is shuffled as items of %u bytes, and has items of %zu", value[0], item);
		if (filter == H5Z_FILTER_SHUFFLE && item == 1)
			continue;
		if (out->filters == PIECE_FILTERS)
			return err_set(err, EX_DATAERR, "is stored with more than %d filters", PIECE_FILTERS);
		out->filter[out->filters++] = filter == H5Z_FILTER_DEFLATE      ? PIECE_DEFLATE
		                              : filter == H5Z_FILTER_FLETCHER32 ? PIECE_FLETCHER32 : PIECE_SHUFFLE;
	}
	return 0;
}

/* Bytes in one run. */
static int run_read(const struct open_array *array, struct sample_pieces *out, struct err *err)
{
	haddr_t offset = H5Dget_offset(array->id);
	if (offset == HADDR_UNDEF || H5Dget_storage_size(array->id) != array->bytes)
		return err_set(err, EX_DATAERR, "was never written");
	return run_cut(out, offset, RUN_PIECE, err);
}

/* The chunks in C order, whatever the order in which HDF5 counts them. */
static int chunks_read(const struct store *store, const struct open_array *array, hid_t create,
                       struct sample_pieces *out, struct err *err)
{
	hsize_t each[STORE_RANK] = {0}, chunks = 0;
	size_t grid = 1, along[STORE_RANK];
	if (H5Pget_chunk(create, (int)array->rank, each) != (int)array->rank)
		return hdf5_fail(store, "read the chunks", err);
	for (size_t i = 0; i < array->rank; i++) {
		out->each[i] = each[i];
		along[i] = each[i] == 0 ? 0 : (array->dims[i] - 1) / each[i] + 1;
		if (along[i] == 0 || !size_multiply(grid, along[i], &grid) || grid > PIECES)
			return err_set(err, EX_DATAERR, "is stored in too many chunks, the limit is %d; h5repack -l CHUNK=… IN OUT "
			               "makes larger ones", PIECES);
	}
	if (pieces_allocate(out, grid, err) != 0)
		return -1;
	hid_t space = H5Dget_space(array->id);
	int status = 0;
	if (space < 0 || H5Dget_num_chunks(array->id, space, &chunks) < 0)
		status = hdf5_fail(store, "read the chunks", err);
	if (status == 0 && chunks != grid)
		status = err_set(err, EX_DATAERR, "has %zu chunks, %llu of them written; write all its numbers", grid,
		                 (unsigned long long)chunks);
	for (hsize_t c = 0; c < chunks && status == 0; c++) {
		hsize_t at[STORE_RANK], size;
		unsigned mask;
		haddr_t offset;
		size_t number = 0;
		if (H5Dget_chunk_info(array->id, space, c, at, &mask, &offset, &size) < 0) {
			status = hdf5_fail(store, "find a chunk", err);
			break;
		}
		for (size_t i = 0; i < array->rank; i++)
			number = number * along[i] + (at[i] / each[i] < along[i] ? at[i] / each[i] : 0);
		if (mask != 0 || offset == HADDR_UNDEF)
			status = err_set(err, EX_DATAERR, "has a chunk that some filter left out, or that was never written");
		out->piece[number] = (struct sample_piece){offset, size};
	}
	return hdf5_close(store, space, status, err);
}

int places_find(const struct store *store, const struct open_array *array, struct sample_pieces *out, struct err *err)
{
	hid_t create = H5Dget_create_plist(array->id);
	if (create < 0)
		return hdf5_fail(store, "read the layout", err);
	H5D_layout_t layout = H5Pget_layout(create);
	int status;
	if (layout == H5D_VIRTUAL || H5Pget_external_count(create) != 0)
		status = err_set(err, EX_DATAERR, "lies in other files (%s); h5repack -l CONTI IN OUT takes it into one",
		                 layout == H5D_VIRTUAL ? "a virtual array" : "external storage");
	else if (layout == H5D_COMPACT)
		status = err_set(err, EX_DATAERR, "is stored within its header (compact); h5repack -l CONTI IN OUT rewrites "
		                 "it");
	else if (layout == H5D_CONTIGUOUS)
		status = run_read(array, out, err);
	else if (layout != H5D_CHUNKED)
		status = err_set(err, EX_DATAERR, "is stored neither in chunks nor in one piece within the file");
	else if ((status = filters_read(store, create, store_type_bytes(out->number.type), out, err)) == 0)
		status = chunks_read(store, array, create, out, err);
	return hdf5_close(store, create, status, err);
}
