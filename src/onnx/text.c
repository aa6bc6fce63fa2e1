/* The text of the job: what the user reads, edits and trains on with. */
#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "[3, 5]", or the number alone where all are equal. */
static void numbers_print(FILE *file, const char *key, size_t count, const double *number)
{
	bool equal = true;
	for (size_t i = 1; i < count; i++)
		equal = equal && number[i] == number[0];
	fprintf(file, ", %s: %s", key, equal ? "" : "[");
	for (size_t i = 0; i < (equal ? 1 : count); i++)
		fprintf(file, "%s%.9g", i > 0 ? ", " : "", number[i]);
	fputs(equal ? "" : "]", file);
}

static void data_print(const struct import *in, FILE *file)
{
	static const char *const formats[] = {
		[DATA_IDX] = "idx", [DATA_CIFAR10] = "cifar10", [DATA_HDF5] = "hdf5", [DATA_NUMPY] = "numpy",
		[DATA_MEMORY] = "memory",
	};
	const char *place = in->wishes->place;
	enum data_format format = place != NULL ? dataset_format(place) : DATA_MEMORY;
	bool plain = true;
	fprintf(file, "data: {format: %s", formats[format]);
	if (place != NULL) {
		fprintf(file, ", %s: ", format == DATA_HDF5 ? "file" : "directory");
		json_text(file, place);
	}
	if (in->pad > 0)
		fprintf(file, ", pad: %zu", in->pad);
	fputs(", normalize: none", file);
	for (size_t m = 0; m < in->input.maps; m++)
		plain = plain && in->scale[m] == 1 && in->offset[m] == 0;
	if (!plain) {
		numbers_print(file, "scale", in->input.maps, in->scale);
		numbers_print(file, "offset", in->input.maps, in->offset);
	}
	fputs("}\n", file);
}

/* A list of metadata that has a text for each output, unless these are only the numbers. */
static void list_print(const struct import *in, FILE *file, const char *metadata, const char *key, size_t count)
{
	size_t left, length, lines = 0;
	const char *text = file_metadata(in->file, metadata, &left), *all = text;
	size_t whole = text != NULL ? left : 0;
	bool names = false;
	for (const char *line; (line = line_next(&text, &left, &length)) != NULL; lines++) {
		char number[24];
		int digits = snprintf(number, sizeof number, "%zu", lines);
		names = names || length != (size_t)digits || memcmp(line, number, length) != 0;
	}
	if (lines != count || !names)
		return;
	fprintf(file, ", %s: [", key);
	text = all;
	left = whole;
	for (size_t k = 0; k < count; k++) {
		const char *line = line_next(&text, &left, &length);
		char *copy = memory_format(in->err, "%.*s", (int)(length < FILE_NAME ? length : FILE_NAME), line);
		fputs(k > 0 ? ", " : "", file);
		if (copy != NULL)
			json_text(file, copy);
		free(copy);
	}
	fputc(']', file);
}

static void output_print(const struct import *in, FILE *file)
{
	size_t count = in->layer[in->layers - 1].out.maps;
	const char *task = task_name(in->task);
	fprintf(file, "output: {%s: %zu", task, count);
	list_print(in, file, task, "names", count);
	if (in->task == TASK_VALUES)
		list_print(in, file, "units", "units", count);
	if (in->units != NULL)
		fputs(", normalize: standard", file);
	fputs("}\n", file);
}

/* The name of a layer, or how many layers it is back. */
static void source_print(const struct import *in, FILE *file, size_t layer, size_t map)
{
	if (map == 0)
		fputs("input", file);
	else if (in->layer[map - 1].name[0] != 0)
		fputs(in->layer[map - 1].name, file);
	else
		fprintf(file, "-%zu", layer + 1 - map);
}

static void connections_print(FILE *file, const struct connection_list *list)
{
	fputs(", connections: [", file);
	for (size_t j = 0; j < list->out_maps; j++) {
		fputs(j > 0 ? ", [" : "[", file);
		for (uint32_t u = list->first[j]; u < list->first[j + 1]; u++)
			fprintf(file, "%s%u", u > list->first[j] ? ", " : "", list->input[u]);
		fputc(']', file);
	}
	fputc(']', file);
}

static void layer_print(const struct import *in, FILE *file, size_t l)
{
	const struct part *part = &in->layer[l];
	fprintf(file, "  - {type: %s", part->type);
	if (part->name[0] != 0)
		fprintf(file, ", name: %s", part->name);
	if (part->join || part->source[0] != l) {
		fputs(", from: [", file);
		for (size_t i = 0; i < part->sources; i++) {
			fputs(i > 0 ? ", " : "", file);
			source_print(in, file, l, part->source[i]);
		}
		fputc(']', file);
	}
	if (part->keys[0] != 0)
		fprintf(file, ", %s", part->keys);
	if (part->connections.input != NULL)
		connections_print(file, &part->connections);
	if (part->activation[0] != 0)
		fprintf(file, ", activation: %s", part->activation);
	fputs("}\n", file);
}

char *job_text(const struct import *in)
{
	struct memory_stream stream = {0};
	struct shape shape = in->input;
	if (memory_stream_open(&stream, in->err) != 0)
		return NULL;
	FILE *file = stream.file;
	fputs("# Made by convoy import-onnx. Look over data, loss and train before you train on: convoy train THIS "
	      "--start-from CKPT\nname: ", file);
	json_text(file, in->file->graph[0] != 0 ? in->file->graph : "imported");
	fputc('\n', file);
	data_print(in, file);
	fprintf(file, "input: {maps: %zu, rows: %zu, columns: %zu}\n", shape.maps, shape.rows - 2 * in->pad,
	        shape.columns - 2 * in->pad);
	output_print(in, file);
	fputs("layers:\n", file);
	for (size_t l = 0; l < in->layers; l++)
		layer_print(in, file, l);
	fprintf(file, "loss: %s\ntrain: {epochs: 10, batch: 64, rate: 0.01}\n", loss_type(in->loss)->name);
	return memory_stream_close(&stream, NULL, in->err);
}
