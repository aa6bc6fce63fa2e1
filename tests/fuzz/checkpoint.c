/* Checkpoints that are sound HDF5 with a good hash, and hold what convoy would not write: the input says which
 * attributes and arrays are left out, have other values, other types or other shapes, and how the job text is changed.
 * Broken HDF5 behind a good hash is another matter: HDF5 itself does not withstand that. */
#include "faults/small.h"
#include "files.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

enum { ARRAYS = 64, NUMBERS = 8, NAMES = 2, TEXT = 4096 };

static const char *const numbers[NUMBERS] = {"format_version", "numerics", "seed", "epoch", "step", "samples_seen",
                                               "window", "span"};

/* The sound checkpoint. */
static struct {
	struct store *store;
	uint64_t number[NUMBERS];
	char *job, *data[DATA_PARTS], **names;
	size_t arrays;
	struct array {
		struct store_array array;
		char path[128], *values;
		size_t bytes;
	} array[ARRAYS];
} sound;

/* What is left of the input; behind its end all is 0, which leaves things as they are. */
static const uint8_t *next;
static size_t left;

static uint8_t take(void)
{
	if (left == 0)
		return 0;
	left--;
	return *next++;
}

static uint64_t take_number(void)
{
	uint64_t number = 0;
	for (int b = 0; b < 8; b++)
		number = number << 8 | take();
	return number;
}

static void must(bool well)
{
	if (!well)
		abort();
}

static int array_collect(void *context, const char *path, struct err *err)
{
	struct array *a = &sound.array[sound.arrays++];
	(void)context;
	must(sound.arrays <= ARRAYS && strlen(path) < sizeof a->path);
	strcpy(a->path, path);
	a->array = (struct store_array){.path = a->path};
	if (store_find(sound.store, &a->array, err) != 0)
		return -1;
	a->bytes = 8;
	for (size_t d = 0; d < a->array.rank; d++)
		a->bytes *= a->array.dims[d];
	a->values = memory_zeroed(a->bytes + 1024, 1, err);
	return a->values != NULL ? store_get(sound.store, &a->array, a->values, err) : -1;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err err = {0};
	struct image image;
	(void)argc, (void)argv;
	must(small_image(&image, &err) == 0);
	input_put("fuzz/sound", image.bytes, image.count);
	sound.store = store_open("fuzz/sound", &err);
	must(sound.store != NULL && store_walk(sound.store, array_collect, NULL, &err) == 0);
	sound.job = store_text(sound.store, "job", &err);
	sound.data[DATA_TRAIN] = store_text(sound.store, "training_data", &err);
	sound.data[DATA_TEST] = store_text(sound.store, "test_data", &err);
	size_t names;
	must(store_get_names(sound.store, "/classes", &names, &sound.names, &err) == 0 && names == NAMES);
	for (size_t n = 0; n < NUMBERS; n++)
		must(store_number(sound.store, numbers[n], &sound.number[n], &err) == 0);
	must(err.code == 0);
	return 0;
}

/* The job text with a piece of it replaced by some of the input. */
static void job_change(char text[TEXT])
{
	size_t length = strlen(sound.job), at = take_number() % (length + 1), out = take() % (length - at + 1);
	size_t in = take();
	memcpy(text, sound.job, at);
	for (size_t i = 0; i < in; i++) {
		uint8_t byte = take();
		text[at + i] = (char)(byte != 0 ? byte : ' ');
	}
	strcpy(text + at + in, sound.job + at + out);
}

static int array_put(struct store *store, const struct array *a, struct err *err)
{
	struct store_array array = a->array;
	uint8_t change = take(), d = take();
	char *values = memory_zeroed(a->bytes + 1024, 1, err);
	if (values == NULL)
		return -1;
	memcpy(values, a->values, a->bytes);
	if (change == 1 && array.rank > 0)
		array.dims[d % array.rank] = array.dims[d % array.rank] > 1 ? array.dims[d % array.rank] - 1 : 0;
	if (change == 2)
		array.type = (enum store_type)(d % 6);
	if (change == 3 && a->bytes > 0)
		for (size_t i = 0; i < d; i++)
			values[take_number() % a->bytes] = (char)take();
	if (change == 4 && array.rank > 1)
		array.rank--;
	if (change == 5 && array.rank > 0 && array.dims[0] > 0 && a->bytes / array.dims[0] <= 1024)
		array.dims[0]++;
	int code = change == 6 ? 0 : store_put(store, &array, values, err);
	free(values);
	return code;
}

/* None, one, two or three, the second maybe another. */
static int names_put(struct store *store, struct err *err)
{
	uint8_t change = take();
	char other[] = {(char)take(), 'x', 0};
	const char *name[NAMES + 1] = {sound.names[0], change == 1 ? other : sound.names[1], "2"};
	return change == 2 ? 0 : store_put_names(store, "/classes", NULL, change == 3 ? 1 : change == 4 ? 3 : 2, name, err);
}

static int content_put(struct store *store, uint64_t *step, struct err *err)
{
	char job[TEXT];
	strcpy(job, sound.job);
	if (take() == 1)
		job_change(job);
	uint8_t drop = take();
	if (store_set_text(store, "format", "convoy-checkpoint", err) != 0 ||
	    (drop != 1 && store_set_text(store, "job", job, err) != 0) ||
	    (drop != 2 && store_set_text(store, "training_data", drop == 3 ? job : sound.data[DATA_TRAIN], err) != 0) ||
	    (drop != 4 && store_set_text(store, "test_data", drop == 5 ? job : sound.data[DATA_TEST], err) != 0) ||
	    names_put(store, err) != 0)
		return -1;
	for (size_t n = 0; n < NUMBERS; n++) {
		uint8_t change = take();
		uint64_t number = change == 1 ? take_number() >> 1 : change == 2 ? take() : sound.number[n];
		if (strcmp(numbers[n], "step") == 0)
			*step = number;
		else if (change == 3)
			continue;
		if (store_set_number(store, numbers[n], number, err) != 0)
			return -1;
	}
	for (size_t a = 0; a < sound.arrays; a++)
		if (array_put(store, &sound.array[a], err) != 0)
			return -1;
	return 0;
}

/* What was accepted must be good for all that is done with models. */
static void model_use(struct model *model)
{
	struct err err = {0};
	struct image image = {0};
	must(model_best(model) <= model->records);
	model_digest(model);
	if (model->step <= INT64_MAX)
		must(checkpoint_image(model, &image, &err) == 0);
	image_destroy(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	struct err err = {0};
	struct image image = {0};
	uint64_t step = 0;
	next = bytes;
	left = count;
	struct store *store = store_create(&err);
	must(store != NULL);
	if (content_put(store, &step, &err) == 0 && store_image(store, step, &image, &err) == 0) {
		files_clear();
		input_put("fuzz/checkpoint", image.bytes, image.count);
		struct model *model = checkpoint_load("fuzz/checkpoint", NULL, &err);
		must(model != NULL || err.code == EX_DATAERR || err.code == EX_OSERR);
		if (model != NULL)
			model_use(model);
		model_destroy(model);
	}
	image_destroy(&image);
	store_destroy(store);
	return 0;
}
