/* Data sets as files of NumPy, one for each array. */
#include "pieces.h"

#include <stdlib.h>
#include <string.h>

/* The file of an array. Without one that may miss, no error. */
static int array_open(struct sample_reader *r, size_t part, size_t array, const struct sample_request *request,
                      struct err *err)
{
	struct sample_file *file = &r->each[part][array];
	struct sample_pieces *out = &r->index.array[part][array];
	struct err trouble = {0};
	const char *name = request->path[part][array];
	bool may_miss = request->may_miss[part] && array == SAMPLE_INPUTS;
	if (strlen(name) >= sizeof out->path)
		return err_set(err, EX_DATAERR, "%s: the path of an array has at most %zu bytes", name, sizeof out->path - 1);
	memcpy(out->path, name, strlen(name) + 1);
	char *path = name[0] == '/' ? memory_text(name, err) : memory_format(err, "%s/%s", r->path[part], name);
	if (path == NULL)
		return -1;
	int code = reader_file(file, path, "a file of NumPy", &trouble);
	if (code == 0 && numpy_index(file->descriptor, file->size, out, &trouble) != 0)
		code = err_prefix(&trouble, "%s", path);
	free(path);
	if (code == 0 || (may_miss && file->absent))
		return 0;
	bool hint = request->advises && part == SAMPLE_TEST && array == SAMPLE_INPUTS && file->absent;
	return err_set(err, trouble.code, "%s%s", trouble.text, hint ? "; " SAMPLE_SHARE_HINT : "");
}

int numpy_open(struct sample_reader *out, const char *directory, const struct sample_request *request,
               struct err *err)
{
	struct err trouble = {0};
	if (reader_begin(out, directory, err) != 0)
		return -1;
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		for (size_t a = 0; a < SAMPLE_ARRAYS; a++) {
			if (request->path[p][a] == NULL || (request->may_miss[p] && a > 0 && out->index.array[p][0].rank == 0))
				continue;
			if (array_open(out, p, a, request, err) != 0)
				return -1;
		}
	if (sample_index_check(&out->index, request, &trouble) != 0)
		return err_set(err, trouble.code, "%s: %s", directory, trouble.text);
	return reader_buffers(out, err);
}

int numpy_open_one(struct sample_reader *out, const char *path, size_t part, size_t array, struct err *err)
{
	struct sample_pieces *pieces = &out->index.array[part][array];
	struct err trouble = {0};
	if (reader_begin(out, path, err) != 0 || reader_file(&out->part[part], path, "a file of NumPy", err) != 0)
		return -1;
	strcpy(pieces->path, "its array");
	if (numpy_index(out->part[part].descriptor, out->part[part].size, pieces, &trouble) != 0)
		return err_set(err, trouble.code, "%s: %s", path, trouble.text);
	return reader_buffers(out, err);
}

const struct sample_request *request_usual(enum data_format format)
{
	static const struct sample_request files = {
		.path = {{"train-inputs.npy", "train-targets.npy"}, {"test-inputs.npy", "test-targets.npy"}},
	};
	return format == DATA_NUMPY ? &files : &sample_request_usual;
}
