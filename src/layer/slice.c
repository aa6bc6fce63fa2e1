/* Slices: connected pairs in memory, all pairs where others read them. */
#include <convoy/layer.h>

#include <string.h>

size_t slice_dense_count(const struct slice *slice)
{
	size_t count = 1;
	for (size_t d = 0; d < slice->rank; d++)
		count *= slice->dims[d];
	return count;
}

/* Copies between packed and dense: entry e of the table is the pair (j, input[e]). */
static void slice_copy(const struct slice *slice, float *packed, float *dense, bool to_dense)
{
	const struct connections *t = slice->table;
	if (t == NULL) {
		memcpy(to_dense ? dense : packed, to_dense ? packed : dense, slice->count * sizeof *dense);
		return;
	}
	size_t size = slice->count / t->count;
	for (size_t j = 0; j < t->out_maps; j++)
		for (size_t e = t->first[j]; e < t->first[j + 1]; e++) {
			float *in_dense = dense + (j * t->in_maps + t->input[e]) * size, *in_packed = packed + e * size;
			memcpy(to_dense ? in_dense : in_packed, to_dense ? in_packed : in_dense, size * sizeof *dense);
		}
}

void slice_expand(const struct slice *slice, const float *packed, float *dense)
{
	memset(dense, 0, slice_dense_count(slice) * sizeof *dense);
	slice_copy(slice, (float *)packed, dense, true); /* not changed */
}

void slice_pack(const struct slice *slice, const float *dense, float *packed)
{
	slice_copy(slice, packed, (float *)dense, false); /* not changed */
}

void slice_connected(const struct slice *slice, bool *connected)
{
	const struct connections *t = slice->table;
	size_t pairs = slice->dims[0] * slice->dims[1];
	for (size_t p = 0; p < pairs; p++)
		connected[p] = t == NULL;
	for (size_t j = 0; t != NULL && j < t->out_maps; j++)
		for (size_t e = t->first[j]; e < t->first[j + 1]; e++)
			connected[j * t->in_maps + t->input[e]] = true;
}
