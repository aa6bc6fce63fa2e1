/* Convolutions and combinations straight from the formulas. */
#include "naive.h"

#include <math.h>
#include <string.h>

/* The k-th set of `size` of n numbers in lexicographic order, as a bit mask: found by counting. */
static uint64_t set_number(size_t k, size_t size, size_t n)
{
	for (;;)
		for (size_t a = 0; a < n; a++)
			for (size_t b = a + 1; b < n; b++)
				for (size_t c = size == 2 ? n - 1 : b + 1; c < n; c++)
					if (k-- == 0)
						return 1ull << a | 1ull << b | (size == 2 ? 0 : 1ull << c);
}

bool naive_connected(const struct layer_keys *spec, const struct layer *layer, size_t j, size_t i)
{
	size_t in_maps = layer->in.maps, groups = spec->groups == GROUPS_EACH ? in_maps : spec->groups;
	if (groups > 1)
		return j * groups / layer->out.maps == i * groups / in_maps;
	static const char *const lenet5[16] = {"012",  "123",  "234",  "345",  "045",  "015",  "0123", "1234",
	                                       "2345", "0345", "0145", "0125", "0134", "1245", "0235", "012345"};
	switch (spec->connections) {
	case CONNECT_LENET5:
		return strchr(lenet5[j], '0' + (int)i) != NULL;
	case CONNECT_PAIRS:
		return set_number(j, 2, in_maps) >> i & 1;
	case CONNECT_TRIPLES:
		return set_number(j, 3, in_maps) >> i & 1;
	case CONNECT_LIST:
		for (size_t e = spec->list.first[j]; e < spec->list.first[j + 1]; e++)
			if (spec->list.input[e] == i)
				return true;
		return false;
	default:
		return true;
	}
}

/* Zeros in front of one side: none, half of what "same" needs for ⌈side / stride⌉ outputs, or half a kernel. */
static size_t zeros_before(const struct layer_keys *spec, size_t side, size_t out, size_t kernel, size_t stride,
                           size_t dilation)
{
	size_t reach = (out - 1) * stride + (kernel - 1) * dilation + 1;
	if (word_is(spec->padding, "centred"))
		return (kernel - 1) * dilation / 2;
	return word_is(spec->padding, "same") && reach > side ? (reach - side) / 2 : 0;
}

/* Σ_ab k[a][b] x_i[u·stride + a·dilation − before][…], 0 outside of the map. */
static double window(const struct layer_keys *spec, const struct layer *layer, const double *k, const double *x,
                     size_t u, size_t v)
{
	struct sides kernel = keys_kernel(spec), stride = keys_stride(spec), dilation = keys_dilation(spec);
	size_t rows = layer->in.rows, columns = layer->in.columns;
	size_t top = zeros_before(spec, rows, layer->out.rows, kernel.rows, stride.rows, dilation.rows);
	size_t left = zeros_before(spec, columns, layer->out.columns, kernel.columns, stride.columns, dilation.columns);
	double sum = 0;
	for (size_t a = 0; a < kernel.rows; a++)
		for (size_t b = 0; b < kernel.columns; b++) {
			/* What is negative is huge. */
			size_t r = u * stride.rows + a * dilation.rows - top, c = v * stride.columns + b * dilation.columns - left;
			if (r < rows && c < columns)
				sum += k[a * kernel.columns + b] * x[r * columns + c];
		}
	return sum;
}

void naive_forward(const struct layer_keys *spec, const struct layer *layer, const double *w, const double *x,
                   double *y)
{
	bool combination = strcmp(spec->type, "combination") == 0;
	size_t in_maps = layer->in.maps, kk = keys_kernel(spec).rows * keys_kernel(spec).columns, size = layer->in.rows * layer->in.columns;
	size_t next = 0;
	for (size_t j = 0; j < layer->out.maps; j++) {
		double total = 0;
		const double *c = combination ? w + layer->tensor[2].offset + j * in_maps : NULL;
		for (size_t i = 0; combination && i < in_maps; i++)
			total += exp(c[i]);
		for (size_t p = 0; p < layer->out.rows * layer->out.columns; p++)
			y[j * layer->out.rows * layer->out.columns + p] = w[layer->tensor[1].offset + j];
		for (size_t i = 0; i < in_maps; i++) {
			if (!combination && !naive_connected(spec, layer, j, i))
				continue;
			const double *k = w + (combination && !word_is(spec->kernels, "per-pair") ? i : next++) * kk;
			double alpha = combination ? exp(c[i]) / total : 1;
			for (size_t u = 0; u < layer->out.rows; u++)
				for (size_t v = 0; v < layer->out.columns; v++)
					y[(j * layer->out.rows + u) * layer->out.columns + v] +=
						alpha * window(spec, layer, k, x + i * size, u, v);
		}
	}
}
