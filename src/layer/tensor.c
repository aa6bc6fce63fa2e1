/* Tensors: connected pairs in memory, all pairs where others read them. */
#include <convoy/layer.h>

#include <string.h>

size_t tensor_dense_count(const struct tensor *tensor)
{
	size_t count = 1;
	for (size_t d = 0; d < tensor->rank; d++)
		count *= tensor->dims[d];
	return count;
}

/* Copies between packed and dense: entry e of the table is the pair (j, input[e]). */
static void tensor_copy(const struct tensor *tensor, float *packed, float *dense, bool to_dense)
{
	const struct connections *t = tensor->table;
	if (t == NULL) {
		memcpy(to_dense ? dense : packed, to_dense ? packed : dense, tensor->count * sizeof *dense);
		return;
	}
	size_t size = tensor->count / t->count;
	for (size_t j = 0; j < t->out_maps; j++)
		for (size_t e = t->first[j]; e < t->first[j + 1]; e++) {
			float *in_dense = dense + (j * t->in_maps + t->input[e]) * size, *in_packed = packed + e * size;
			memcpy(to_dense ? in_dense : in_packed, to_dense ? in_packed : in_dense, size * sizeof *dense);
		}
}

void tensor_expand(const struct tensor *tensor, const float *packed, float *dense)
{
	memset(dense, 0, tensor_dense_count(tensor) * sizeof *dense);
	tensor_copy(tensor, (float *)packed, dense, true); /* not changed */
}

void tensor_pack(const struct tensor *tensor, const float *dense, float *packed)
{
	tensor_copy(tensor, packed, (float *)dense, false); /* not changed */
}

void tensor_connected(const struct tensor *tensor, bool *connected)
{
	const struct connections *t = tensor->table;
	size_t pairs = tensor->dims[0] * tensor->dims[1];
	for (size_t p = 0; p < pairs; p++)
		connected[p] = t == NULL;
	for (size_t j = 0; t != NULL && j < t->out_maps; j++)
		for (size_t e = t->first[j]; e < t->first[j + 1]; e++)
			connected[j * t->in_maps + t->input[e]] = true;
}
