/* The keys of a job file, a row each, but for those of layers, which stand in the layers' files. */
#include "job.h"

#include <string.h>

/* ---- Words ------------------------------------------------------------------------------------------------------ */

static const struct key_word formats[] = {
	{"idx", DATA_IDX}, {"cifar10", DATA_CIFAR10}, {"hdf5", DATA_HDF5}, {"numpy", DATA_NUMPY},
	{"memory", DATA_MEMORY}, {0},
};
static const struct key_word layouts[] = {
	{"channels-first", LAYOUT_CHANNELS_FIRST}, {"channels-last", LAYOUT_CHANNELS_LAST}, {0},
};
static const struct key_word missings[] = {{"refuse", MISSING_REFUSE}, {"skip", MISSING_SKIP}, {0}};
static const struct key_word normalizations[] = {
	{"standard", NORMALIZE_STANDARD}, {"unit", NORMALIZE_UNIT}, {"none", NORMALIZE_NONE}, {"range", NORMALIZE_RANGE},
	{0},
};
static const struct key_word target_normalizations[] = {
	{"none", NORMALIZE_NONE}, {"standard", NORMALIZE_STANDARD}, {0},
};
static const struct key_word schedules[] = {
	{"constant", SCHEDULE_CONSTANT}, {"step", SCHEDULE_STEP},
	{"exponential", SCHEDULE_EXPONENTIAL}, {"cosine", SCHEDULE_COSINE}, {0},
};
static const struct key_word sums[] = {
	{"exact", SUM_EXACT}, {"exact32", SUM_EXACT32}, {"float", SUM_FLOAT}, {0},
};

const char *job_sum_name(enum sum_mode sum)
{
	return key_word_name(sums, sum);
}

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

#define AT(member) KEY_AT(struct job, member)

static const struct key elastic_keys[] = {
	{.name = "alpha", .type = KEY_REAL, AT(data.distort.elastic.alpha), .needed = true, .most = 10000,
	 .help = "strength; pixels move by 0.16 alpha / sigma (root of mean square)"},
	{.name = "sigma", .type = KEY_REAL, AT(data.distort.elastic.sigma), .needed = true, .least = 1, .most = 1024,
	 .help = "of the Gaussian that smooths the noise, in pixels"},
	{0},
};

static const struct key distort_keys[] = {
	{.name = "shift", .type = KEY_WHOLE, AT(data.distort.shift), .most = 1024,
	 .help = "whole pixels, in each direction"},
	{.name = "crop", .type = KEY_WHOLE, AT(data.distort.crop), .most = 1024,
	 .help = "pads by so many zeros on each side, cuts out at any place"},
	{.name = "scale", .type = KEY_REAL, AT(data.distort.scale), .most = 0.9,
	 .help = "height and width each times 1 − scale … 1 + scale"},
	{.name = "rotation", .type = KEY_REAL, AT(data.distort.rotation), .most = 180, .help = "degrees, either way"},
	{.name = "shear", .type = KEY_REAL, AT(data.distort.shear), .most = 2,
	 .help = "pixels sideways per row, either way"},
	{.name = "elastic", .type = KEY_MAPPING, AT(data.distort.elastic), .rows = elastic_keys,
	 .help = "bends the sample"},
	{.name = "flip", .type = KEY_TRUTH, AT(data.distort.flip),
	 .help = "mirror left and right, one sample in two by chance"},
	{.name = "erase", .type = KEY_REAL, AT(data.distort.erase), .most = 1,
	 .help = "probability that a rectangle becomes noise"},
	{0},
};

#define PART(number) \
	{.name = "file", .type = KEY_TEXT, AT(data.part[number].file), .least = 1, .most = 4095, \
	 .absent = "data.file", .help = "hdf5: the file, seen from data.directory, or from the working directory"}, \
	{.name = "inputs", .type = KEY_TEXT, AT(data.part[number].inputs), .least = 1, .most = 511, \
	 .absent = "by data.inputs", .help = "hdf5: path of the array of inputs in the file; numpy: its file"}, \
	{.name = "targets", .type = KEY_TEXT, AT(data.part[number].targets), .least = 1, .most = 511, \
	 .absent = "by data.targets", .help = "hdf5: path of the array of targets in the file; numpy: its file"}, \
	{.name = "weights", .type = KEY_TEXT, AT(data.part[number].weights), .least = 1, .most = 511, \
	 .absent = "by data.weights", .help = "hdf5: path of the array of weights in the file; numpy: its file"}
static const struct key train_part_keys[] = {PART(DATA_TRAIN), {0}};
static const struct key test_part_keys[] = {
	PART(DATA_TEST),
	{.name = "share", .type = KEY_REAL, AT(data.share), .same = true, .most = 1, .below = true,
	 .absent = "0: a test set of its own", .help = "of the training samples, drawn by train.seed: the test set"},
	{0},
};
#undef PART

static const struct key data_keys[] = {
	{.name = "format", .type = KEY_WORD, AT(data.format), .needed = true, .preset = DATA_MEMORY, .words = formats,
	 .help = "of the data set's files; memory: a program holds the data, not files"},
	{.name = "directory", .type = KEY_TEXT, AT(data.directory), .least = 1, .most = 4095,
	 .absent = "needed for idx, cifar10 and numpy", .help = "where the files lie, seen from the working directory"},
	{.name = "file", .type = KEY_TEXT, AT(data.file), .least = 1, .most = 4095,
	 .absent = "needed for hdf5, or one for each part", .help = "the file, seen from the working directory"},
	{.name = "inputs", .type = KEY_TEXT, AT(data.inputs), .least = 1, .most = 255, .absent = "images; numpy: inputs",
	 .help = "name of the arrays of inputs: hdf5 /train/NAME, numpy train-NAME.npy"},
	{.name = "targets", .type = KEY_TEXT, AT(data.targets), .least = 1, .most = 255, .absent = "labels; numpy: targets",
	 .help = "name of the arrays of targets, likewise"},
	{.name = "weights", .type = KEY_TEXT, AT(data.weights), .least = 1, .most = 255, .absent = "none: all 1",
	 .help = "name of the arrays of a weight for each sample, likewise"},
	{.name = "train", .type = KEY_MAPPING, AT(data.part[DATA_TRAIN]), .rows = train_part_keys,
	 .help = "file and arrays of the training set, if they lie elsewhere"},
	{.name = "test", .type = KEY_MAPPING, AT(data.part[DATA_TEST]), .rows = test_part_keys, .lone = "share",
	 .help = "file and arrays of the test set, if they lie elsewhere, or a share"},
	{.name = "layout", .type = KEY_WORD, AT(data.layout), .words = layouts,
	 .help = "hdf5, numpy: maps are the second dimension of an array, or its last"},
	{.name = "missing", .type = KEY_WORD, AT(data.missing), .same = true, .words = missings,
	 .help = "hdf5, numpy: samples with fill values, NaN or infinity"},
	{.name = "memory", .type = KEY_WHOLE, AT(data.memory), .same = true, .most = 1e9,
	 .help = "MiB for inputs of hdf5 and numpy, read in windows; 0: what they need"},
	{.name = "pad", .type = KEY_WHOLE, AT(data.pad), .same = true, .most = 1024,
	 .help = "border of byte 0 on each side, before normalising"},
	{.name = "normalize", .type = KEY_WORD, AT(data.normalize), .same = true, .words = normalizations,
	 .help = "of inputs: mean 0, deviation 1; bytes to 0 … 1; none; the range to 0 … 1"},
	{.name = "scale", .type = KEY_REALS, AT(data.scale), .same = true, .most = 1e30, .above = true, .absent = "1",
	 .help = "of inputs with normalize: none, one or one for each map"},
	{.name = "offset", .type = KEY_REALS, AT(data.offset), .same = true, .least = -1e30, .most = 1e30, .absent = "0",
	 .help = "added to scaled inputs, likewise"},
	{.name = "validation", .type = KEY_WHOLE, AT(data.validation), .same = true, .most = 1e9,
	 .help = "samples of the training set held back, to choose by"},
	{.name = "distort", .type = KEY_MAPPING, AT(data.distort), .rows = distort_keys,
	 .help = "how training samples are distorted"},
	{.name = "classes", .type = KEY_GONE, .help = "output: {names: "},
	{0},
};

static const struct key input_keys[] = {
	{.name = "maps", .type = KEY_WHOLE, AT(input.maps), .needed = true, .same = true, .least = 1,
	 .most = 65536, .help = "1 for grey, 3 for colour"},
	{.name = "rows", .type = KEY_WHOLE, AT(input.rows), .needed = true, .same = true, .least = 1, .most = 65536,
	 .help = "height, before padding"},
	{.name = "columns", .type = KEY_WHOLE, AT(input.columns), .needed = true, .same = true, .least = 1, .most = 65536,
	 .help = "width, before padding"},
	{.name = "classes", .type = KEY_GONE, .help = "output: {classes: "},
	{0},
};

static const struct key_word balanced[] = {{"balanced", OUTPUT_BALANCED}, {0}};

static const struct key output_keys[] = {
	{.name = "classes", .type = KEY_WHOLE, AT(output.classes), .same = true, .least = 2, .most = JOB_OUTPUTS,
	 .absent = "needed, or values, or labels", .help = "each sample is of one of so many classes"},
	{.name = "values", .type = KEY_WHOLE, AT(output.values), .same = true, .least = 1, .most = JOB_OUTPUTS,
	 .absent = "needed, or classes, or labels", .help = "each sample has so many numbers"},
	{.name = "labels", .type = KEY_WHOLE, AT(output.labels), .same = true, .least = 1, .most = JOB_OUTPUTS,
	 .absent = "needed, or classes, or values", .help = "each sample has so many labels that hold or not"},
	{.name = "names", .type = KEY_TEXTS, AT(output.names), .least = 1, .most = JOB_OUTPUTS, .bytes = 63,
	 .count_at = offsetof(struct job, output.named), .absent = "the data's",
	 .help = "of classes, values or labels; numbers where the data have none either"},
	{.name = "weights", .type = KEY_REALS, AT(output.weights), .same = true, .most = OUTPUT_WEIGHT, .words = balanced,
	 .absent = "all 1", .help = "of classes or labels in the loss; balanced: the rarer, the larger"},
	{.name = "units", .type = KEY_TEXTS, AT(output.units), .least = 1, .most = JOB_OUTPUTS, .bytes = 31,
	 .count_at = offsetof(struct job, output.united), .absent = "none", .help = "of values, to be printed"},
	{.name = "normalize", .type = KEY_WORD, AT(output.normalize), .same = true, .preset = NORMALIZE_NONE,
	 .words = target_normalizations, .help = "of values: trained on with mean 0 and deviation 1, or as they are"},
	{.name = "delta", .type = KEY_REAL, AT(output.delta), .same = true, .preset = 1, .most = 1e6, .above = true,
	 .single = true, .help = "of loss: huber; larger errors count linearly"},
	{0},
};

static const struct key train_keys[] = {
	{.name = "epochs", .type = KEY_WHOLE, AT(train.epochs), .needed = true, .least = 1, .most = 1e6,
	 .help = "passes over the training set, earlier runs included"},
	{.name = "batch", .type = KEY_WHOLE, AT(train.batch), .needed = true, .same = true, .changes = true, .least = 1,
	 .most = 1 << 24,
	 .help = "samples of a step, over all ranks",
	 .aliases = (const struct key_alias[]){{"batch_size", "batch", ""}, {0}}},
	{.name = "rate", .type = KEY_REAL, AT(train.rate), .needed = true, .most = 1e6, .above = true,
	 .single = true, .help = "learning rate",
	 .aliases = (const struct key_alias[]){
		{"lr", "rate", ""}, {"learning_rate", "rate", ""}, {"learning-rate", "rate", ""}, {0}}},
	OPTIMIZER_ROWS(struct job, train.optimizer),
	{.name = "clip", .type = KEY_REAL, AT(train.clip), .most = 1e6,
	 .help = "largest norm of a step's gradient; 0: any"},
	{.name = "smoothing", .type = KEY_REAL, AT(train.smoothing), .most = 1, .below = true, .single = true,
	 .help = "share of the targets that is spread over all classes"},
	{.name = "mixup", .type = KEY_REAL, AT(train.mixup), .most = 100,
	 .help = "mixes pairs of samples with shares of Beta(mixup, mixup); 0: off"},
	{.name = "average", .type = KEY_REAL, AT(train.average), .same = true, .most = 1, .below = true,
	 .single = true,
	 .help = "memory of the averaged parameters; 0: none are kept"},
	{.name = "decay", .type = KEY_REAL, AT(train.decay), .most = 1,
	 .help = "weight decay: kernels, weights, β; not biases nor logits",
	 .aliases = (const struct key_alias[]){{"weight_decay", "decay", ""}, {0}}},
	{.name = "schedule", .type = KEY_WORD, AT(train.schedule), .words = schedules, .help = "of the rate"},
	{.name = "warmup", .type = KEY_REAL, AT(train.warmup), .most = 1e6,
	 .help = "epochs of linear growth of the rate from 0, fractions allowed"},
	{.name = "factor", .type = KEY_REAL, AT(train.factor), .preset = 0.1, .most = 1, .above = true,
	 .help = "step, exponential: what the rate is multiplied by"},
	{.name = "every", .type = KEY_REAL, AT(train.every), .preset = 1, .most = 1e6, .above = true,
	 .help = "step: every so many epochs; needed there, unused elsewhere"},
	{.name = "minimum", .type = KEY_REAL, AT(train.minimum), .most = 1,
	 .help = "cosine: rate at the end, as a fraction of train.rate"},
	{.name = "seed", .type = KEY_WHOLE, AT(train.seed), .same = true, .preset = 1, .most = 0x1p63,
	 .help = "of all random numbers"}, /* whole_number stops below 2^63 */
	{.name = "patience", .type = KEY_WHOLE, AT(train.patience), .most = 1e6,
	 .help = "end after so many epochs without a lower validation error; 0: never"},
	{.name = "threads", .type = KEY_WHOLE, AT(train.threads), .preset = 1, .least = 1, .most = JOB_THREADS,
	 .help = "threads of each rank; results are the same for any number"},
	{.name = "sum", .type = KEY_WORD, AT(train.sum), .same = true, .words = sums,
	 .help = "how gradients are added; float depends on the ranks"},
	{0},
};

static const struct key checkpoint_keys[] = {
	{.name = "epochs", .type = KEY_WHOLE, AT(checkpoint.epochs), .preset = 1, .least = 1, .most = 1e6,
	 .help = "write one every so many epochs"},
	{.name = "keep", .type = KEY_WHOLE, AT(checkpoint.keep), .preset = 3, .least = 2, .most = 1e6,
	 .help = "keep the last so many"},
	{0},
};

static void *layer_create(const void *type, struct err *err)
{
	return layer_spec_create(type, err);
}

static bool layer_variant(size_t index, struct key_variant *out)
{
	const struct layer_type *type = layer_type_at(index);
	if (type != NULL)
		*out = (struct key_variant){type->name, type->keys, layer_create, type, type->aliases};
	return type != NULL;
}

const struct key job_keys[] = {
	{.name = "name", .type = KEY_TEXT, AT(name), .needed = true, .least = 1, .most = 255,
	 .help = "names the run; default of --output is runs/NAME"},
	{.name = "data", .type = KEY_MAPPING, AT(data), .rows = data_keys, .absent = "{format: memory}",
	 .help = "the data set"},
	{.name = "input", .type = KEY_MAPPING, AT(input), .needed = true, .rows = input_keys,
	 .help = "size of the images, checked against the data"},
	{.name = "output", .type = KEY_MAPPING, AT(output), .needed = true, .rows = output_keys,
	 .help = "what the last layer's outputs stand for"},
	{.name = "layers", .type = KEY_VARIANTS, AT(layer), .needed = true, .same = true, .least = 1, .most = JOB_LAYERS,
	 .rows = layer_common_keys, .variant = layer_variant, .count_at = offsetof(struct job, layers),
	 .help = "from the input to the output"},
	{.name = "loss", .type = KEY_WORD, AT(loss), .needed = true, .same = true, .words = loss_words,
	 .help = "what training makes small"},
	{.name = "train", .type = KEY_MAPPING, AT(train), .needed = true, .rows = train_keys, .help = "how to train"},
	{.name = "checkpoint", .type = KEY_MAPPING, AT(checkpoint), .rows = checkpoint_keys, .absent = "all defaults",
	 .help = "when to write checkpoints"},
	{0},
};

bool variant_named(const struct key *row, const char *type, struct key_variant *out)
{
	for (size_t i = 0; row->variant(i, out); i++)
		if (strcmp(out->name, type) == 0)
			return true;
	return false;
}
