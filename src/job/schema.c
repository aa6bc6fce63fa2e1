/* The keys of a job file as libcyaml's schema: one row per key, with its type and its place in struct job. */
#include "schema.h"

#include <stdio.h>
#include <string.h>

/* ---- Words ------------------------------------------------------------------------------------------------------ */

static const cyaml_strval_t activations[] = {
	{"linear", ACTIVATION_LINEAR}, {"sigmoid", ACTIVATION_SIGMOID}, {"tanh", ACTIVATION_TANH},
	{"scaled-tanh", ACTIVATION_SCALED_TANH}, {"relu", ACTIVATION_RELU},
};
static const cyaml_strval_t losses[] = {
	{"squared-error", LOSS_SQUARED_ERROR}, {"softmax-cross-entropy", LOSS_SOFTMAX_CROSS_ENTROPY},
};
static const cyaml_strval_t formats[] = {{"idx", DATA_IDX}, {"cifar10", DATA_CIFAR10}, {"hdf5", DATA_HDF5}};
static const cyaml_strval_t normalizations[] = {
	{"standard", NORMALIZE_STANDARD}, {"unit", NORMALIZE_UNIT}, {"none", NORMALIZE_NONE},
};
static const cyaml_strval_t paddings[] = {{"valid", PADDING_VALID}, {"same", PADDING_SAME}};
static const cyaml_strval_t sharings[] = {{"per-input", KERNELS_PER_INPUT}, {"per-pair", KERNELS_PER_PAIR}};
static const cyaml_strval_t penalties[] = {{"l1", PENALTY_L1}, {"entropy", PENALTY_ENTROPY}};
static const cyaml_strval_t methods[] = {{"max", POOL_MAX}, {"mean", POOL_MEAN}};
static const cyaml_strval_t schedules[] = {
	{"constant", SCHEDULE_CONSTANT}, {"step", SCHEDULE_STEP},
	{"exponential", SCHEDULE_EXPONENTIAL}, {"cosine", SCHEDULE_COSINE},
};
static const cyaml_strval_t optimizers[] = {
	{"sgd", OPTIMIZER_SGD}, {"adagrad", OPTIMIZER_ADAGRAD}, {"rmsprop", OPTIMIZER_RMSPROP}, {"adam", OPTIMIZER_ADAM},
	{"adamw", OPTIMIZER_ADAMW}, {"sdlm", OPTIMIZER_SDLM},
};
static const cyaml_strval_t sums[] = {
	{"exact", JOB_SUM_EXACT}, {"exact32", JOB_SUM_EXACT32}, {"float", JOB_SUM_FLOAT},
};

const char *job_sum_name(enum job_sum sum)
{
	return sums[sum].str;
}

const char *optimizer_name(enum optimizer optimizer)
{
	return optimizers[optimizer].str;
}

const cyaml_strval_t connection_words[CONNECTION_WORDS] = {
	{"full", CONNECT_FULL}, {"lenet5", CONNECT_LENET5}, {"pairs", CONNECT_PAIRS}, {"triples", CONNECT_TRIPLES},
};

/* ---- Rows ------------------------------------------------------------------------------------------------------- */

#define NEEDED CYAML_FLAG_DEFAULT
#define OPTIONAL CYAML_FLAG_OPTIONAL

/* Where a member stands, counted from member `base`: a mapping's keys are placed from where the mapping stands. */
#define AT(structure, base, member) (uint32_t)(offsetof(structure, member) - offsetof(structure, base))
#define ROW(name, kind, flag, structure, base, member, ...) \
	{.key = name, .data_offset = AT(structure, base, member), .value = {.type = kind, \
	 .flags = (enum cyaml_flag)(flag), .data_size = sizeof(((structure *)0)->member), __VA_ARGS__}}
#define WHOLE(name, need, ...) ROW(name, CYAML_UINT, need, __VA_ARGS__)
#define REAL(name, need, ...) ROW(name, CYAML_FLOAT, (need) | CYAML_FLAG_STRICT, __VA_ARGS__)
#define TRUTH(name, need, ...) ROW(name, CYAML_BOOL, need, __VA_ARGS__)
#define WORD(name, need, words, ...) \
	ROW(name, CYAML_ENUM, (need) | CYAML_FLAG_STRICT, __VA_ARGS__, .enumeration = {words, CYAML_ARRAY_LEN(words)})
#define PART(name, need, rows, ...) ROW(name, CYAML_MAPPING, need, __VA_ARGS__, .mapping = {rows})
#define TEXT(name, need, longest, structure, base, member) \
	{.key = name, .data_offset = AT(structure, base, member), \
	 .value = {CYAML_VALUE_STRING((need) | CYAML_FLAG_POINTER, char, 1, longest)}}
#define LIST(name, need, entry, longest, structure, base, member, count) \
	{.key = name, .data_offset = AT(structure, base, member), .count_offset = AT(structure, base, count), \
	 .count_size = sizeof(((structure *)0)->count), \
	 .value = {CYAML_VALUE_SEQUENCE((need) | CYAML_FLAG_POINTER, *((structure *)0)->member, entry, 1, longest)}}

/* Layers: `type` and `connections` are read by hand. */
#define OF_LAYER(member) struct layer_spec, type, member
#define TYPE CYAML_FIELD_IGNORE("type", NEEDED)
#define CONNECTIONS CYAML_FIELD_IGNORE("connections", OPTIONAL)
#define ACTIVATION WORD("activation", OPTIONAL, activations, OF_LAYER(activation))
#define MAPS(need) WHOLE("maps", need, OF_LAYER(maps))
#define KERNEL(need) WHOLE("kernel", need, OF_LAYER(kernel))
#define STRIDE WHOLE("stride", OPTIONAL, OF_LAYER(stride))
#define PADDING WORD("padding", OPTIONAL, paddings, OF_LAYER(padding))
#define WINDOW(need) WHOLE("window", need, OF_LAYER(window))
#define RAGGED TRUTH("ragged", OPTIONAL, OF_LAYER(ragged))
#define METHOD(need) WORD("method", need, methods, OF_LAYER(method))
#define UNITS(need) WHOLE("units", need, OF_LAYER(units))
#define RATE(need) REAL("rate", need, OF_LAYER(rate))
#define KERNELS WORD("kernels", OPTIONAL, sharings, OF_LAYER(kernels))
#define SPARSITY PART("sparsity", OPTIONAL, sparsity_rows, OF_LAYER(penalty))

static const cyaml_schema_field_t sparsity_rows[] = {
	WORD("penalty", NEEDED, penalties, struct layer_spec, penalty, penalty),
	REAL("lambda", NEEDED, struct layer_spec, penalty, lambda),
	REAL("warmup", OPTIONAL, struct layer_spec, penalty, warmup),
	CYAML_FIELD_END
};
static const cyaml_schema_field_t convolution_rows[] = {
	TYPE, MAPS(NEEDED), KERNEL(NEEDED), STRIDE, PADDING, CONNECTIONS, ACTIVATION, CYAML_FIELD_END
};
static const cyaml_schema_field_t subsampling_rows[] = {TYPE, WINDOW(NEEDED), RAGGED, ACTIVATION, CYAML_FIELD_END};
static const cyaml_schema_field_t combination_rows[] = {
	TYPE, MAPS(NEEDED), KERNEL(NEEDED), KERNELS, SPARSITY, ACTIVATION, CYAML_FIELD_END
};
static const cyaml_schema_field_t full_rows[] = {TYPE, UNITS(NEEDED), ACTIVATION, CYAML_FIELD_END};
static const cyaml_schema_field_t pooling_rows[] = {
	TYPE, METHOD(NEEDED), WINDOW(NEEDED), RAGGED, ACTIVATION, CYAML_FIELD_END
};
static const cyaml_schema_field_t dropout_rows[] = {TYPE, RATE(NEEDED), CYAML_FIELD_END};
static const cyaml_schema_field_t normalization_rows[] = {TYPE, ACTIVATION, CYAML_FIELD_END};
static const cyaml_schema_field_t layer_rows[] = {
	TYPE, MAPS(OPTIONAL), KERNEL(OPTIONAL), STRIDE, PADDING, CONNECTIONS, WINDOW(OPTIONAL), RAGGED,
	METHOD(OPTIONAL), UNITS(OPTIONAL), RATE(OPTIONAL), KERNELS, SPARSITY, ACTIVATION, CYAML_FIELD_END
};
static const struct layer_keys layer_types[] = {
	{"convolution", convolution_rows}, {"subsampling", subsampling_rows}, {"combination", combination_rows},
	{"full", full_rows}, {"pooling", pooling_rows}, {"dropout", dropout_rows}, {"batch-norm", normalization_rows},
};

static const cyaml_schema_value_t layer_entry = {CYAML_VALUE_MAPPING(NEEDED, struct layer_spec, layer_rows)};
static const cyaml_schema_value_t name_entry = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 63)};

#define OF_DATA(member) struct job, data, data.member
#define OF_DISTORT(member) struct job, data.distort, data.distort.member
#define OF_ELASTIC(member) struct job, data.distort.elastic, data.distort.elastic.member
static const cyaml_schema_field_t elastic_rows[] = {
	REAL("alpha", NEEDED, OF_ELASTIC(alpha)),
	REAL("sigma", NEEDED, OF_ELASTIC(sigma)),
	CYAML_FIELD_END
};
static const cyaml_schema_field_t distort_rows[] = {
	WHOLE("shift", OPTIONAL, OF_DISTORT(shift)),
	REAL("scale", OPTIONAL, OF_DISTORT(scale)),
	REAL("rotation", OPTIONAL, OF_DISTORT(rotation)),
	REAL("shear", OPTIONAL, OF_DISTORT(shear)),
	PART("elastic", OPTIONAL, elastic_rows, OF_DISTORT(elastic)),
	TRUTH("flip", OPTIONAL, OF_DISTORT(flip)),
	REAL("erase", OPTIONAL, OF_DISTORT(erase)),
	CYAML_FIELD_END
};
static const cyaml_schema_field_t data_rows[] = {
	WORD("format", NEEDED, formats, OF_DATA(format)),
	TEXT("directory", OPTIONAL, 4095, struct job, data, data.directory),
	TEXT("file", OPTIONAL, 4095, struct job, data, data.file),
	WHOLE("memory", OPTIONAL, OF_DATA(memory)),
	WHOLE("pad", OPTIONAL, OF_DATA(pad)),
	WORD("normalize", OPTIONAL, normalizations, OF_DATA(normalize)),
	WHOLE("validation", OPTIONAL, OF_DATA(validation)),
	PART("distort", OPTIONAL, distort_rows, OF_DATA(distort)),
	LIST("classes", OPTIONAL, &name_entry, 256, struct job, data, data.names, data.class_names),
	CYAML_FIELD_END
};
static const cyaml_schema_field_t input_rows[] = {
	WHOLE("maps", NEEDED, struct job, input, input.maps),
	WHOLE("rows", NEEDED, struct job, input, input.rows),
	WHOLE("columns", NEEDED, struct job, input, input.columns),
	WHOLE("classes", NEEDED, struct job, input, classes),
	CYAML_FIELD_END
};
#define OF_TRAIN(member) struct job, train, train.member
static const cyaml_schema_field_t train_rows[] = {
	WHOLE("epochs", NEEDED, OF_TRAIN(epochs)),
	WHOLE("batch", NEEDED, OF_TRAIN(batch)),
	REAL("rate", NEEDED, OF_TRAIN(rate)),
	REAL("momentum", OPTIONAL, OF_TRAIN(momentum)),
	TRUTH("nesterov", OPTIONAL, OF_TRAIN(nesterov)),
	REAL("decay", OPTIONAL, OF_TRAIN(decay)),
	WORD("schedule", OPTIONAL, schedules, OF_TRAIN(schedule)),
	REAL("warmup", OPTIONAL, OF_TRAIN(warmup)),
	REAL("factor", OPTIONAL, OF_TRAIN(factor)),
	REAL("every", OPTIONAL, OF_TRAIN(every)),
	REAL("minimum", OPTIONAL, OF_TRAIN(minimum)),
	WHOLE("seed", OPTIONAL, OF_TRAIN(seed)),
	WHOLE("patience", OPTIONAL, OF_TRAIN(patience)),
	WORD("sum", OPTIONAL, sums, OF_TRAIN(sum)),
	WORD("optimizer", OPTIONAL, optimizers, OF_TRAIN(optimizer)),
	REAL("beta1", OPTIONAL, OF_TRAIN(beta1)),
	REAL("beta2", OPTIONAL, OF_TRAIN(beta2)),
	REAL("epsilon", OPTIONAL, OF_TRAIN(epsilon)),
	REAL("damping", OPTIONAL, OF_TRAIN(damping)),
	WHOLE("curvature", OPTIONAL, OF_TRAIN(curvature)),
	REAL("clip", OPTIONAL, OF_TRAIN(clip)),
	REAL("smoothing", OPTIONAL, OF_TRAIN(smoothing)),
	REAL("average", OPTIONAL, OF_TRAIN(average)),
	WHOLE("threads", OPTIONAL, OF_TRAIN(threads)),
	CYAML_FIELD_END
};
static const cyaml_schema_field_t checkpoint_rows[] = {
	WHOLE("epochs", OPTIONAL, struct job, checkpoint, checkpoint.epochs),
	WHOLE("keep", OPTIONAL, struct job, checkpoint, checkpoint.keep),
	CYAML_FIELD_END
};

#define OF_JOB(member) struct job, source, member
static const cyaml_schema_field_t job_rows[] = {
	TEXT("name", NEEDED, 255, struct job, source, name),
	PART("data", NEEDED, data_rows, OF_JOB(data)),
	PART("input", NEEDED, input_rows, OF_JOB(input)),
	LIST("layers", NEEDED, &layer_entry, JOB_LAYERS, struct job, source, layer, layers),
	WORD("loss", NEEDED, losses, OF_JOB(loss)),
	PART("train", NEEDED, train_rows, OF_JOB(train)),
	PART("checkpoint", OPTIONAL, checkpoint_rows, OF_JOB(checkpoint)),
	CYAML_FIELD_END
};
const cyaml_schema_value_t job_schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct job, job_rows)};

/* ---- Limits ----------------------------------------------------------------------------------------------------- */

static const struct limit limits[] = {
	{"data.memory", 0, 1e9, false, false},
	{"data.pad", 0, 1024, false, false},
	{"data.validation", 0, 1e9, false, false},
	{"data.distort.shift", 0, 1024, false, false},
	{"data.distort.scale", 0, 0.9, false, false},
	{"data.distort.rotation", 0, 180, false, false},
	{"data.distort.shear", 0, 2, false, false},
	{"data.distort.elastic.alpha", 0, 10000, false, false},
	{"data.distort.elastic.sigma", 1, 1024, false, false},
	{"data.distort.erase", 0, 1, false, false},
	{"input.maps", 1, NORMALIZATION_MAPS, false, false},
	{"input.rows", 1, 65536, false, false},
	{"input.columns", 1, 65536, false, false},
	{"input.classes", 2, 256, false, false},
	{"layers[].maps", 1, JOB_UNITS, false, false},
	{"layers[].kernel", 1, 1024, false, false},
	{"layers[].stride", 1, 1024, false, false},
	{"layers[].window", 1, 1024, false, false},
	{"layers[].units", 1, JOB_UNITS, false, false},
	{"layers[].rate", 0, 1, false, true},
	{"layers[].sparsity.lambda", 0, 1e6, false, false},
	{"layers[].sparsity.warmup", 0, 1e6, false, false},
	{"train.epochs", 1, 1e6, false, false},
	{"train.batch", 1, 1 << 24, false, false},
	{"train.rate", 0, 1e6, true, false},
	{"train.momentum", 0, 1, false, true},
	{"train.decay", 0, 1, false, false},
	{"train.warmup", 0, 1e6, false, false},
	{"train.factor", 0, 1, true, false},
	{"train.every", 0, 1e6, true, false},
	{"train.minimum", 0, 1, false, false},
	{"train.beta1", 0, 1, true, true},
	{"train.beta2", 0, 1, true, true},
	{"train.epsilon", 0, 1, true, false},
	{"train.damping", 0, 1e6, true, false},
	{"train.curvature", 1, 1e9, false, false},
	{"train.clip", 0, 1e6, false, false},
	{"train.smoothing", 0, 1, false, true},
	{"train.average", 0, 1, false, true},
	{"train.patience", 0, 1e6, false, false},
	{"train.seed", 0, 0x1p63, false, false}, /* whole_number stops below it */
	{"train.threads", 1, JOB_THREADS, false, false},
	{"checkpoint.epochs", 1, 1e6, false, false},
	{"checkpoint.keep", 2, 1e6, false, false},
};

/* "layers[12].kernel" matches "layers[].kernel". */
static bool path_matches(const char *pattern, const char *path)
{
	while (*pattern != 0 && *pattern == *path) {
		path++;
		if (*pattern++ == '[')
			path += strspn(path, "0123456789");
	}
	return *pattern == 0 && *path == 0;
}

const struct limit *limit_of(const char *path)
{
	for (size_t i = 0; i < CYAML_ARRAY_LEN(limits); i++) {
		if (path_matches(limits[i].path, path))
			return &limits[i];
	}
	return NULL;
}

/* ---- Looking up ------------------------------------------------------------------------------------------------- */

const struct layer_keys *layer_keys_named(const char *type)
{
	for (size_t i = 0; i < CYAML_ARRAY_LEN(layer_types); i++) {
		if (strcmp(layer_types[i].type, type) == 0)
			return &layer_types[i];
	}
	return NULL;
}

bool schema_is_layer(const cyaml_schema_value_t *schema)
{
	return schema == &layer_entry;
}

const cyaml_schema_field_t *field_named(const cyaml_schema_field_t *fields, const char *key, size_t length)
{
	for (; fields->key != NULL; fields++) {
		if (strncmp(fields->key, key, length) == 0 && fields->key[length] == 0)
			return fields;
	}
	return NULL;
}

/* ---- Hints ------------------------------------------------------------------------------------------------------ */

struct hint {
	char *out;
	size_t used;
	struct suggestion suggestion;
};

static struct hint hint_begin(char out[HINT], const char *lead, const char *typed, size_t length)
{
	snprintf(out, HINT, ", %s: ", lead);
	return (struct hint){.out = out, .suggestion = {.typed = typed, .length = length}};
}

static void hint_add(struct hint *hint, const char *word)
{
	size_t end = strlen(hint->out);
	snprintf(hint->out + end, HINT - end, "%s%s", hint->used++ > 0 ? ", " : "", word);
	suggestion_offer(&hint->suggestion, word);
}

static const char *hint_end(const struct hint *hint)
{
	if (hint->suggestion.word != NULL)
		snprintf(hint->out, HINT, "; did you mean '%s'?", hint->suggestion.word);
	return hint->out;
}

const char *key_hint(const cyaml_schema_field_t *fields, const char *typed, size_t length, const char *lead,
                     char out[HINT])
{
	struct hint hint = hint_begin(out, lead, typed, length);
	for (; fields->key != NULL; fields++)
		hint_add(&hint, fields->key);
	return hint_end(&hint);
}

const char *word_hint(const cyaml_strval_t *words, uint32_t count, const char *typed, char out[HINT])
{
	struct hint hint = hint_begin(out, "one of", typed, strlen(typed));
	for (uint32_t i = 0; i < count; i++)
		hint_add(&hint, words[i].str);
	return hint_end(&hint);
}

const char *type_hint(const char *typed, char out[HINT])
{
	struct hint hint = hint_begin(out, "one of", typed, strlen(typed));
	for (size_t i = 0; i < CYAML_ARRAY_LEN(layer_types); i++)
		hint_add(&hint, layer_types[i].type);
	return hint_end(&hint);
}
