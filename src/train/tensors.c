/* Sums over the tensors of a net: a block's layers go in as they are done, the means of all come out. */
#include "train.h"

#include <stdlib.h>

struct sum *tensors_sum(struct comm *comm, const struct kernels *kernels, const struct net *net, enum sum_mode mode,
                        size_t blocks, struct threads *threads, struct err *err)
{
	size_t *counts = memory_zeroed(net->tensors, sizeof *counts, err);
	struct sum *sum = NULL;
	for (size_t i = 0; counts != NULL && i < net->tensors; i++)
		counts[i] = net->tensor[i].learns ? net->tensor[i].count : 0;
	if (comm_agree(comm, counts != NULL ? 0 : -1, err) == 0)
		sum = sum_create(comm, kernels, mode, blocks, threads, net->tensors, counts, err);
	free(counts);
	return sum;
}

void tensors_add(void *entry, size_t layer, const float *of_layer)
{
	const struct tensors_entry *e = entry;
	const struct net *net = e->net;
	size_t first = net->tensors;
	for (size_t i = net->tensors; i-- > 0;)
		if (net->tensor[i].layer == layer) {
			sum_add(e->sum, e->thread, i, of_layer + (net->tensor[i].offset - net->offset[layer]));
			first = i;
		}
	if (e->last && e->thread == 0) /* backward goes from the last layer to the first, as tensors do backwards */
		sum_done(e->sum, first);
}

void tensors_mean(const struct sum *sum, const struct net *net, float *mean)
{
	for (size_t i = 0; i < net->tensors; i++)
		if (net->tensor[i].learns)
			sum_mean(sum, i, mean + net->tensor[i].offset);
}
