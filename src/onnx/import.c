/* A model out of an ONNX file: the nodes become layers, these a job, and the tensors its parameters. */
#include "import.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPSET_LEAST = 9, OPSET_MOST = 21 };

/* ---- The input --------------------------------------------------------------------------------------------------- */

/* The only input that no tensor fills. */
static const struct file_value *input_find(struct import *in)
{
	const struct file_value *found = NULL;
	for (size_t i = 0; i < in->file->inputs; i++) {
		const struct file_value *own = &in->file->input[i];
		const struct value *value = value_named(in, own->name);
		if (value->kind == VALUE_TENSOR)
			continue;
		if (found != NULL) {
			err_set(in->err, EX_DATAERR, "the graph has inputs '%s' and '%s'; convoy's networks have one", found->name,
			        own->name);
			return NULL;
		}
		found = own;
	}
	if (found == NULL)
		err_set(in->err, EX_DATAERR, "the graph has no input");
	return found;
}

/* [N][maps][rows][columns], [N][maps][columns], or [N][numbers], which are columns. */
static int input_take(struct import *in)
{
	const struct file_value *own = input_find(in);
	if (own == NULL)
		return -1;
	if (own->type != NUMBER_FLOAT)
		return err_set(in->err, EX_DATAERR, "input '%s' is not of type float, which convoy takes", own->name);
	if (own->rank < 2 || own->rank > 4)
		return err_set(in->err, EX_DATAERR, "input '%s' has %zu dimensions; convoy takes [N][maps][rows][columns], "
		               "[N][maps][columns] or [N][numbers]", own->name, own->rank);
	for (size_t d = 1; d < own->rank; d++)
		if (own->dims[d] == 0 || own->dims[d] > LAYER_MAPS)
			return err_set(in->err, EX_DATAERR, "input '%s': dimension %zu is no number of 1 … %d; only the number of "
			               "samples may be open: export with fixed sizes", own->name, d, LAYER_MAPS);
	size_t last = (size_t)own->dims[own->rank - 1];
	in->input.maps = own->rank > 2 ? (size_t)own->dims[1] : 1;
	in->input.rows = own->rank > 3 ? (size_t)own->dims[2] : 1;
	in->input.columns = last;
	in->batch = own->dims[0];
	in->scale = memory_zeroed(in->input.maps, sizeof *in->scale, in->err);
	in->offset = memory_zeroed(in->input.maps, sizeof *in->offset, in->err);
	in->layer = memory_zeroed(JOB_LAYERS, sizeof *in->layer, in->err);
	if (in->scale == NULL || in->offset == NULL || in->layer == NULL)
		return -1;
	for (size_t m = 0; m < in->input.maps; m++)
		in->scale[m] = 1;
	struct value *value = value_named(in, own->name);
	value->kind = VALUE_MAPS;
	value->row = own->rank == 2;
	value->line = own->rank == 3;
	value->sole = true;
	return 0;
}

/* ---- The model --------------------------------------------------------------------------------------------------- */

/* Lines of metadata say what floats were before they were rounded. A float stays where its line says something else. */
static void floats_restore(const struct import *in, const char *key, size_t count, const float *rounded, double *out)
{
	size_t left, length;
	const char *text = file_metadata(in->file, key, &left);
	for (size_t k = 0; k < count; k++) {
		const char *line = line_next(&text, &left, &length);
		char number[64];
		out[k] = (double)rounded[k];
		if (line == NULL || length >= sizeof number)
			continue;
		memcpy(number, line, length);
		number[length] = 0;
		double exact = strtod(number, NULL);
		out[k] = (float)exact == rounded[k] ? exact : out[k];
	}
}

static void normalization_set(const struct import *in, struct model *model)
{
	struct normalization *targets = &model->targets;
	for (size_t m = 0; m < model->normalization.maps; m++)
		model->normalization.deviation[m] = 1;
	model_units(model);
	for (size_t k = 0; k < targets->maps; k++)
		targets->deviation[k] = 1;
	if (in->units == NULL)
		return;
	floats_restore(in, "target_deviations", targets->maps, in->units->tensor[0].number, targets->deviation);
	floats_restore(in, "target_means", targets->maps, in->units->tensor[1].number, targets->mean);
}

/* Both must have counted alike. */
static int layer_fill(const struct import *in, struct model *model, size_t l, struct err *err)
{
	const struct part *part = &in->layer[l];
	const struct layer *layer = model->net->layer[l];
	size_t used = model->net->offset[l];
	bool same = memcmp(&layer->out, &part->out, sizeof part->out) == 0 && layer->tensors == part->tensors;
	for (size_t t = 0; t < part->tensors && same; t++) {
		same = layer->tensor[t].count == part->tensor[t].count;
		if (same)
			memcpy(model->w + used, part->tensor[t].number, part->tensor[t].count * sizeof *model->w);
		used += part->tensor[t].count;
	}
	return same ? 0 : err_set(err, EX_SOFTWARE, "layer %zu (%s) is not what was read", l + 1, part->type);
}

static struct model *model_make(const struct import *in, const char *place)
{
	char *text = job_text(in);
	if (text != NULL && strlen(text) > JOB_BYTES)
		err_set(in->err, EX_DATAERR, "its job file would have %zu bytes, the limit is %d", strlen(text), JOB_BYTES);
	struct job *job = text != NULL && in->err->code == 0 ? job_parse(place, text, in->err) : NULL;
	struct model *model = job != NULL ? model_create(job, in->err) : NULL;
	free(text);
	if (model == NULL)
		return NULL;
	int code = 0;
	for (size_t l = 0; l < in->layers && code == 0; l++)
		code = layer_fill(in, model, l, in->err);
	normalization_set(in, model);
	model->inputs = in->wishes->inputs;
	for (size_t e = 0; e < ELEMENTS && !in->wishes->typed; e++)
		if (metadata_is(in, "inputs", element_name((enum element)e)))
			model->inputs = e;
	if (code == 0 && model_finite(model, in->err) == 0)
		return model;
	model_destroy(model);
	return NULL;
}

static struct model *graph_model(struct import *in, const char *place)
{
	const struct file *file = in->file;
	if (file->opset < OPSET_LEAST || file->opset > OPSET_MOST) {
		err_set(in->err, EX_DATAERR, "opset %llu; convoy takes %d … %d: export with one of these, such as 13",
		        (unsigned long long)file->opset, OPSET_LEAST, OPSET_MOST);
		return NULL;
	}
	if (values_open(in) != 0 || input_take(in) != 0 || result_find(in) != 0 || nodes_take(in) != 0 ||
	    result_check(in) != 0)
		return NULL;
	return model_make(in, place);
}

struct model *onnx_model(const uint8_t *bytes, size_t count, const struct onnx_wishes *wishes, const char *place,
                         struct err *err)
{
	struct file file;
	struct import in = {.file = &file, .wishes = wishes, .err = err};
	struct model *model = file_parse(&file, bytes, count, err) == 0 ? graph_model(&in, place) : NULL;
	values_close(&in);
	for (size_t l = 0; in.layer != NULL && l < JOB_LAYERS; l++) {
		for (size_t t = 0; t < in.layer[l].tensors; t++)
			free(in.layer[l].tensor[t].number);
		connection_list_free(&in.layer[l].connections);
	}
	free(in.layer);
	free(in.scale);
	free(in.offset);
	file_clear(&file);
	return model;
}
