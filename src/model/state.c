/* What training changes, a row each: its address, its size, its name in a checkpoint. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

/* Members that lie in the struct, and members whose memory the model owns. */
#define INSIDE(member) .data = &model->member, .count = 1, .size = sizeof model->member
#define OWNED(member, number) \
	.data = model->member, .owned = &model->member, .count = (number), .size = sizeof *model->member

/* Attributes of a checkpoint; the same whatever the job is. */
static const struct {
	enum member_kind kind;
	const char *name;
	size_t at, size;
} attributes[] = {
	{MEMBER_TEXT, "training_data", offsetof(struct model, data[DATA_TRAIN]), DIGEST_TEXT},
	{MEMBER_TEXT, "test_data", offsetof(struct model, data[DATA_TEST]), DIGEST_TEXT},
	{MEMBER_NUMBER, "window", offsetof(struct model, window), sizeof(uint64_t)},
	{MEMBER_NUMBER, "span", offsetof(struct model, span), sizeof(uint64_t)},
	{MEMBER_NUMBER, "step", offsetof(struct model, step), sizeof(uint64_t)},
	{MEMBER_NUMBER, "samples_seen", offsetof(struct model, seen), sizeof(uint64_t)},
};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

const char *member_attribute(size_t index, enum member_kind *kind)
{
	if (index >= ATTRIBUTES)
		return NULL;
	*kind = attributes[index].kind;
	return attributes[index].name;
}

/* The vectors that the job asks for. */
static size_t vectors_add(struct model *model, struct member *out)
{
	size_t used = 0, parameters = model->net->parameters;
	const struct optimizer_vector *kept = optimizer_type(model->job->train.optimizer.kind)->vector;
	for (size_t s = 0; s < OPTIMIZER_VECTORS && kept[s].group != NULL; s++)
		out[used++] = (struct member){MEMBER_TENSORS, {.path = kept[s].group}, OWNED(state[s], parameters)};
	if (model->job->train.average > 0)
		out[used++] = (struct member){MEMBER_TENSORS, {.path = "average"}, OWNED(average, parameters)};
	return used;
}

/* Of a job with values. */
enum { TARGETS_MEMBERS = 2 };
static size_t targets_rows(struct model *model, struct member *out)
{
	size_t values = model->job->output.count;
	const struct member rows[TARGETS_MEMBERS] = {
		{MEMBER_ARRAY, {.path = "/targets/mean", .type = STORE_F64, .rank = 1, .dims = {values}, .labels = {"value"},
		                .description = "subtracted from each value of the targets"}, OWNED(targets.mean, values)},
		{MEMBER_ARRAY, {.path = "/targets/deviation", .type = STORE_F64, .rank = 1, .dims = {values},
		                .labels = {"value"}, .description = "then divides it"}, OWNED(targets.deviation, values)},
	};
	if (model->job->output.task != TASK_VALUES)
		return 0;
	memcpy(out, rows, sizeof rows);
	return TARGETS_MEMBERS;
}

/* Weights of classes or labels, where the job has some. */
enum { WEIGHT_MEMBERS = 1 };
static size_t weight_rows(struct model *model, struct member *out)
{
	size_t outputs = model->job->output.count;
	const struct reals *weights = &model->job->output.weights;
	const struct member rows[] = {
		{MEMBER_ARRAY, {.path = "/weights", .type = STORE_F32, .rank = 1, .dims = {outputs}, .labels = {"class"},
		                .description = "of the classes in the loss"}, OWNED(weights, outputs)},
		{MEMBER_ARRAY, {.path = "/weights", .type = STORE_F32, .rank = 2, .dims = {outputs, 2},
		                .labels = {"label", "0, 1"}, .description = "in the loss, of labels that are 0 and 1"},
		 OWNED(weights, 2 * outputs)},
	};
	if (weights->count == 0 && weights->word == 0)
		return 0;
	out[0] = rows[model->job->output.task == TASK_LABELS];
	return WEIGHT_MEMBERS;
}

/* Which classes the test set's samples were taken for. */
enum { CONFUSION_MEMBERS = 2 };
static size_t confusion_rows(struct model *model, struct member *out)
{
	size_t classes = model->job->output.count;
	if (model->job->output.task != TASK_CLASSES)
		return 0;
	const struct member few = {
		MEMBER_ARRAY, {.path = "/confusion", .type = STORE_I64, .rank = 2, .dims = {classes, classes},
		               .labels = {"true class", "guess"}, .description = "test samples of the last evaluation"},
		OWNED(confusion.cell, classes * classes)};
	const struct member many[CONFUSION_MEMBERS] = {
		{MEMBER_ARRAY, {.path = "/tally", .type = STORE_I64, .rank = 2, .dims = {classes, 3},
		                .labels = {"class", "samples, found, guesses"},
		                .description = "test samples of the last evaluation"}, OWNED(confusion.tally, classes)},
		{MEMBER_ARRAY, {.path = "/confused", .type = STORE_I64, .rank = 2, .dims = {CONFUSED_PAIRS, 3},
		                .labels = {"pair", "true class, guess, samples"},
		                .description = "classes that the last evaluation confused most"},
		 OWNED(confusion.pair, CONFUSED_PAIRS)},
	};
	if (classes <= CONFUSION_CLASSES) {
		out[0] = few;
		return 1;
	}
	memcpy(out, many, sizeof many);
	return CONFUSION_MEMBERS;
}
_Static_assert(sizeof(struct class_tally) == 3 * sizeof(int64_t) && sizeof(struct confused) == 3 * sizeof(int64_t),
               "arrays of three");

size_t model_members(const struct model *constant, struct member out[MODEL_MEMBERS])
{
	struct model *model = (struct model *)constant; /* only who may change the model writes through rows */
	size_t maps = model->job->input.maps, used = 0;
	const struct member first[] = {
		{MEMBER_TENSORS, {.path = "layers"}, OWNED(w, model->net->parameters)},
		{MEMBER_NOTE, {.path = "/background", .description = "what transparent pixels of the pictures stood on"},
		 INSIDE(background)},
	};
	const struct member last[] = {
		{MEMBER_ARRAY, {.path = "/sum/exponents", .type = STORE_I32, .rank = 1, .dims = {model->net->tensors},
		                .labels = {"tensor"},
		                .description = "E of each tensor, in the order of /layers: gradients of a block are below 2^E"},
		 OWNED(exponents, model->net->tensors)},
		{MEMBER_ARRAY, {.path = "/normalization/mean", .type = STORE_F64, .rank = 1, .dims = {maps}, .labels = {"map"},
		                .description = "subtracted from each input number"}, OWNED(normalization.mean, maps)},
		{MEMBER_ARRAY, {.path = "/normalization/deviation", .type = STORE_F64, .rank = 1, .dims = {maps},
		                .labels = {"map"}, .description = "then divides it"}, OWNED(normalization.deviation, maps)},
		{MEMBER_ARRAY, {.path = "/running", .type = STORE_I64, .rank = 1,
		                .dims = {sizeof model->running / sizeof(int64_t)},
		                .labels = {"limbs of the loss, of the error; weight in 2^-20, samples"},
		                .description = "sums over the samples seen since the epoch began"}, INSIDE(running)},
	};
	const struct member end[] = {
		{MEMBER_HISTORY, {.path = "/history"}, INSIDE(record)},
		{MEMBER_ARRAY, {.path = "/pruned", .type = STORE_U64, .rank = 1, .dims = {1}, .labels = {"epochs"},
		                .description = "first epochs in /history that are of the net before convoy prune"},
		 INSIDE(pruned), .seldom = true},
		{MEMBER_ARRAY, {.path = "/inputs", .type = STORE_U64, .rank = 1, .dims = {1}, .labels = {"type"},
		                .description = "of the training inputs: 1 int8, 2 uint16, 3 int16, 4 float16, 5 float32"},
		 INSIDE(inputs), .seldom = true},
		{MEMBER_ARRAY, {.path = "/changed", .type = STORE_U64, .rank = 1, .dims = {sizeof(struct changed) / 8},
		                .labels = {"steps, epochs, steps"},
		                .description = "done when the batch last changed; when the optimizer last did"},
		 INSIDE(changed), .seldom = true},
		{MEMBER_LIST, {.path = "/start", .description = "SHA-256 of the file that the run began with; what it took"},
		 INSIDE(start)},
		{MEMBER_NAMES, {.path = "/classes", .description = "names of the classes"}, INSIDE(names)},
	};
	_Static_assert(ATTRIBUTES + sizeof first / sizeof *first + OPTIMIZER_VECTORS + 1 + sizeof last / sizeof *last +
	               TARGETS_MEMBERS + WEIGHT_MEMBERS + CONFUSION_MEMBERS + sizeof end / sizeof *end <= MODEL_MEMBERS,
	               "all rows have room");
	for (; used < ATTRIBUTES; used++)
		out[used] = (struct member){attributes[used].kind, {.path = attributes[used].name}, .count = 1,
		                            .data = (char *)model + attributes[used].at, .size = attributes[used].size};
	memcpy(out + used, first, sizeof first);
	used += sizeof first / sizeof *first;
	used += vectors_add(model, out + used);
	memcpy(out + used, last, sizeof last);
	used += sizeof last / sizeof *last;
	used += targets_rows(model, out + used);
	used += weight_rows(model, out + used);
	used += confusion_rows(model, out + used);
	memcpy(out + used, end, sizeof end);
	return used + sizeof end / sizeof *end;
}

int members_create(struct model *model, struct err *err)
{
	struct member member[MODEL_MEMBERS];
	size_t members = model_members(model, member);
	for (size_t m = 0; m < members; m++) {
		void *memory = member[m].owned != NULL ? memory_zeroed(member[m].count, member[m].size, err) : NULL;
		if (member[m].owned != NULL && memory == NULL)
			return -1;
		if (memory != NULL)
			memcpy(member[m].owned, &memory, sizeof memory);
	}
	return 0;
}

void members_free(struct model *model)
{
	struct member member[MODEL_MEMBERS];
	size_t members = model_members(model, member);
	for (size_t m = 0; m < members; m++)
		if (member[m].owned != NULL)
			free(member[m].data);
	free(model->record);
	confusion_forget(&model->confusion);
	class_names_free(&model->names);
	class_names_free(&model->start);
}

struct digest model_digest(const struct model *model)
{
	struct member member[MODEL_MEMBERS];
	const void *part[MODEL_MEMBERS];
	size_t count[MODEL_MEMBERS], used = 0, members = model_members(model, member);
	for (size_t m = 0; m < members; m++)
		if (member[m].kind == MEMBER_TENSORS) {
			part[used] = member[m].data;
			count[used++] = member[m].count * member[m].size;
		}
	return digest_of_parts(used, part, count);
}
