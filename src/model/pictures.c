/* /pictures in a checkpoint: grey images that any HDF5 viewer shows. */
#include "model.h"

#include <convoy/picture.h>

#include <stdio.h>
#include <stdlib.h>

enum { PATH = 96, PICTURE_BYTES = 1 << 22 }; /* larger ones are left out */

/* Takes the bytes over. */
static int picture_put(struct store *store, const struct model *model, size_t l, const char *name,
                       const char *description, size_t rows, size_t columns, uint8_t *byte, struct err *err)
{
	char path[PATH], layer[LAYER_NAME];
	snprintf(path, sizeof path, "/pictures/%s-%s", layer_name(l, model->net->layer[l], layer), name);
	struct store_array array = {.path = path, .type = STORE_U8, .rank = 2, .dims = {rows, columns},
	                            .labels = {"row", "column"}, .description = description, .picture = true};
	int code = byte != NULL ? store_put(store, &array, byte, err) : -1;
	free(byte);
	return code;
}

/* Output maps below each other, input maps side by side; one row of kernels where each belongs to an input map. */
static int kernels_put(struct store *store, const struct model *model, size_t l, const struct tensor *tensor,
                       struct err *err)
{
	size_t last = tensor->rank - 1;
	struct grid grid = {.tall = tensor->rank == 4 ? tensor->dims[0] : 1, .wide = tensor->dims[last - 2],
	                    .rows = tensor->dims[last - 1], .columns = tensor->dims[last]};
	size_t height = grid_height(&grid), width = grid_width(&grid);
	if (height > PICTURE_BYTES / width)
		return 0;
	float *value = memory_zeroed(tensor_dense_count(tensor), sizeof *value, err);
	bool *present = memory_zeroed(grid.tall * grid.wide, sizeof *present, err);
	uint8_t *byte = memory_zeroed(height, width, err);
	if (value != NULL && present != NULL && byte != NULL) {
		tensor_expand(tensor, model->w + model->net->offset[l] + tensor->offset, value);
		if (tensor->rank == 4)
			tensor_connected(tensor, present);
		grid_draw(&grid, value, tensor->rank == 4 ? present : NULL, byte);
	} else {
		free(byte);
		byte = NULL;
	}
	free(present);
	free(value);
	return picture_put(store, model, l, "kernels", "kernels [output maps][input maps], 128 is zero, 0 the gaps",
	                   height, width, byte, err);
}

static int alpha_put(struct store *store, const struct model *model, size_t l, struct err *err)
{
	const struct layer *layer = model->net->layer[l];
	size_t pairs = layer->out.maps * layer->in.maps;
	if (pairs > PICTURE_BYTES || !layer_shares(layer, NULL, NULL))
		return 0;
	float *alpha = memory_zeroed(pairs, sizeof *alpha, err);
	if (alpha == NULL)
		return -1;
	int code = 0;
	if (layer_shares(layer, model->w + model->net->offset[l], alpha)) {
		uint8_t *byte = memory_zeroed(pairs, 1, err);
		for (size_t p = 0; byte != NULL && p < pairs; p++)
			byte[p] = (uint8_t)(255 * alpha[p] + 0.5f);
		code = picture_put(store, model, l, "alpha", "alpha [output map][input map], 255 is 1", layer->out.maps,
		                   layer->in.maps, byte, err);
	}
	free(alpha);
	return code;
}

int pictures_put(struct store *store, const struct model *model, struct err *err)
{
	const struct net *net = model->net;
	for (size_t l = 0; l < net->layers; l++) {
		const struct tensor *first = net->layer[l]->tensor;
		if (net->layer[l]->tensors == 0 || first->rank < 3)
			continue;
		if (kernels_put(store, model, l, first, err) != 0 || alpha_put(store, model, l, err) != 0)
			return -1;
	}
	return 0;
}
