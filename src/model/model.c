/* Models: a job, its net, and all that training changes. */
#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void model_destroy(struct model *model)
{
	if (model == NULL)
		return;
	if (model->net != NULL) /* otherwise there is nothing yet */
		members_free(model);
	job_destroy(model->job);
	net_destroy(model->net);
	free(model);
}

/* Positions with a target each move as their inputs do. */
static int distortion_check(const struct job *job, const struct shape *out, struct err *err)
{
	const struct distortion *distort = &job->data.distort;
	const struct shape *in = &job->input;
	if (distort->erase > 0 && job->output.task == TASK_VALUES) {
		err_set(err, EX_CONFIG, "data.distort.erase is not for values of each position: noise does not tell them");
		return job_place_key(job, "data.distort.erase", err);
	}
	if (!distortion_moves(distort) || (out->rows == in->rows && out->columns == in->columns))
		return 0;
	err_set(err, EX_CONFIG, "data.distort moves the targets as the inputs, so both must have the same rows and "
	        "columns: the targets have %zu×%zu, the inputs %zu×%zu", out->rows, out->columns, in->rows, in->columns);
	return job_place_key(job, "data.distort", err);
}

/* Refuses, with its place, what a job cannot have if each position of the last layer's maps has a target. */
static int positions_check(const struct job *job, const struct net *net, struct err *err)
{
	const struct task_spec *task = &net->task;
	const struct shape out = net->layer[net->layers - 1]->out;
	if (task->positions == 1)
		return 0;
	if (job->train.mixup > 0) {
		err_set(err, EX_CONFIG, "train.mixup is for one class a sample, here each of %zu positions has a target",
		        task->positions);
		return job_place_key(job, "train.mixup", err);
	}
	if (task->task == TASK_CLASSES && task->count > CONFUSION_CLASSES) {
		err_set(err, EX_CONFIG, "the last layer has %zu outputs, the data has %zu classes; only of up to %d classes "
		        "can each position have one", shape_size(out), task->count, CONFUSION_CLASSES);
		return job_place(job, job->layers - 1, NULL, err);
	}
	return distortion_check(job, &out, err);
}

static struct net *net_of_job(const struct job *job, struct err *err)
{
	struct shape padded = {job->input.maps, job->input.rows + 2 * job->data.pad,
	                       job->input.columns + 2 * job->data.pad};
	const struct task_spec task = job_task(job);
	size_t bad;
	struct net *net = net_create(job->layers, job->layer, padded, &task, &bad, err);
	if (net == NULL && err->code == EX_CONFIG)
		job_place(job, bad < job->layers ? bad : job->layers - 1, NULL, err);
	if (net == NULL || positions_check(job, net, err) == 0)
		return net;
	net_destroy(net);
	return NULL;
}

size_t model_weights(const struct model *model)
{
	return model->job->output.count * (model->job->output.task == TASK_LABELS ? 2 : 1);
}

/* One weight of a label is that of its 1; that of its 0 is then 1. */
static float weight_of_job(const struct job *job, size_t i)
{
	const struct reals *weights = &job->output.weights;
	size_t side = job->output.task == TASK_LABELS ? i % 2 : 0;
	if (weights->count == 0) /* balanced: not known yet */
		return 1;
	const struct real_entry *entry = &weights->entry[job->output.task == TASK_LABELS ? i / 2 : i];
	if (entry->numbers == 2)
		return (float)entry->number[side];
	return job->output.task == TASK_LABELS && side == 0 ? 1 : (float)entry->number[0];
}

struct model *model_create(struct job *job, struct err *err)
{
	struct model *model = memory_zeroed(1, sizeof *model, err);
	if (model == NULL) {
		job_destroy(job);
		return NULL;
	}
	model->job = job;
	model->net = net_of_job(job, err);
	if (model->net == NULL || members_create(model, err) != 0 || names_of_job(&model->names, job, err) != 0)
		goto fail;
	model->normalization.maps = job->input.maps;
	model->targets.maps = job->output.task == TASK_VALUES ? job->output.count : 0;
	model->net->task.unit = job->output.task == TASK_VALUES ? model->targets.deviation : NULL;
	model->confusion.classes = job->output.count;
	model->net->task.weight = model->weights;
	for (size_t i = 0; model->weights != NULL && i < model_weights(model); i++)
		model->weights[i] = weight_of_job(job, i);
	net_init(model->net, job->train.seed, model->w);
	if (model->average != NULL)
		memcpy(model->average, model->w, model->net->parameters * sizeof *model->w);
	return model;
fail:
	model_destroy(model);
	return NULL;
}

struct data_need model_need(const struct model *model)
{
	const struct task_spec *task = &model->net->task;
	struct data_need need = {.shape = model->job->input, .classes = task->count, .task = task->task};
	need.channels_last = model->job->data.layout == LAYOUT_CHANNELS_LAST;
	need.weighted = job_request(model->job, model->job->data.format).path[SAMPLE_TRAIN][SAMPLE_WEIGHTS] != NULL;
	if (task->positions > 1) {
		const struct layer *last = model->net->layer[model->net->layers - 1];
		need.rows = last->out.rows;
		need.columns = last->out.columns;
	}
	return need;
}

int model_batcher(struct batcher *out, const struct model *model, const struct dataset *set, struct err *err)
{
	int code = batcher_open(out, set, &model->normalization, model->job->data.pad, err);
	out->targets = &model->targets;
	return code;
}

/* One number for all, or one for each map. */
static double real_of(const struct reals *reals, size_t map, double absent)
{
	return reals->count == 0 ? absent : reals->entry[reals->count > 1 ? map : 0].number[0];
}

void model_units(struct model *model)
{
	const struct reals *scale = &model->job->data.scale, *offset = &model->job->data.offset;
	for (size_t m = 0; scale->count + offset->count > 0 && m < model->normalization.maps; m++) {
		model->normalization.mean[m] = (0 - real_of(offset, m, 0)) / real_of(scale, m, 1);
		model->normalization.deviation[m] = 1 / real_of(scale, m, 1);
	}
}

/* Of a class, or of label k that is 0 or 1, which `own` of `all` samples have; K or two answers share them. */
static int balance(struct model *model, size_t at, size_t own, size_t all, size_t answers, struct err *err)
{
	bool label = model->job->output.task == TASK_LABELS;
	double weight = own > 0 ? (double)all / ((double)answers * (double)own) : 1;
	if (weight > OUTPUT_WEIGHT)
		return err_set(err, EX_DATAERR, "output.weights: balanced: %s %zu%s has %zu of %zu training samples, so its "
		               "weight would be %.0f, more than %d; give a list of weights", label ? "label" : "class",
		               label ? at / 2 : at, !label ? "" : at % 2 == 0 ? " = 0" : " = 1", own, all, weight,
		               OUTPUT_WEIGHT);
	model->weights[at] = (float)weight;
	return 0;
}

int model_balance(struct model *model, const size_t *count, struct err *err)
{
	bool labels = model->job->output.task == TASK_LABELS;
	size_t weights = model_weights(model), answers = labels ? 2 : weights;
	for (size_t first = 0; first < weights; first += answers) {
		size_t all = 0;
		for (size_t i = 0; i < answers; i++)
			all += count[first + i];
		for (size_t i = 0; i < answers; i++)
			if (balance(model, first + i, count[first + i], all, answers, err) != 0)
				return -1;
	}
	return 0;
}

int model_record(struct model *model, const struct record *record, struct err *err)
{
	if (model->records == model->room) {
		size_t room = 2 * model->room + 16;
		struct record *larger = memory_zeroed(room, sizeof *larger, err);
		if (larger == NULL)
			return -1;
		if (model->records > 0)
			memcpy(larger, model->record, model->records * sizeof *larger);
		free(model->record);
		model->record = larger;
		model->room = room;
	}
	model->record[model->records++] = *record;
	return 0;
}

/* The name of a tensor that holds a number of `vector` which is not finite; NULL: all are. */
static const struct net_tensor *tensor_broken(const struct net *net, const float *vector, size_t *at)
{
	for (size_t t = 0; vector != NULL && t < net->tensors; t++)
		for (size_t i = 0; i < net->tensor[t].count; i++)
			if (!isfinite(vector[net->tensor[t].offset + i])) {
				*at = i;
				return &net->tensor[t];
			}
	return NULL;
}

int model_finite(const struct model *model, struct err *err)
{
	struct member member[MODEL_MEMBERS];
	size_t members = model_members(model, member);
	for (size_t m = 0; m < members; m++) {
		size_t at;
		const float *vector = member[m].kind == MEMBER_TENSORS ? member[m].data : NULL;
		const struct net_tensor *tensor = tensor_broken(model->net, vector, &at);
		char layer[LAYER_NAME];
		if (tensor != NULL)
			return err_set(err, EX_SOFTWARE, "diverged: after step %llu, number %zu of /%s/%s/%s is %g (a lower "
			               "train.rate than %g may help)", (unsigned long long)model->step, at, member[m].array.path,
			               layer_name(tensor->layer, model->net->layer[tensor->layer], layer), tensor->own->name,
			               (double)vector[tensor->offset + at], model->job->train.rate);
	}
	return 0;
}

const float *model_outcome(const struct model *model)
{
	return model->average != NULL ? model->average : model->w;
}

bool model_counts_epochs(const struct model *model)
{
	return model->records > 0 || model->step == 0 || model->data[DATA_TEST][0] != 0;
}

bool record_better(const struct record *a, const struct record *b, bool validation)
{
	double error = validation ? a->validation_measure : a->test_measure;
	double least = validation ? b->validation_measure : b->test_measure;
	double loss = validation ? a->validation_loss : a->test_loss;
	return error < least || (error == least && loss < (validation ? b->validation_loss : b->test_loss));
}

size_t model_best(const struct model *model)
{
	size_t best = model->pruned;
	for (size_t r = best + 1; r < model->records; r++)
		if (record_better(&model->record[r], &model->record[best], model->job->data.validation > 0))
			best = r;
	return best;
}

/* The number of the last epoch's record that lowered the validation error. A lower loss alone does not: where the error
 * is 0 the loss may fall for ever. */
static size_t record_lowest(const struct model *model)
{
	size_t lowest = model->pruned;
	for (size_t r = lowest + 1; r < model->records; r++)
		if (model->record[r].validation_measure < model->record[lowest].validation_measure)
			lowest = r;
	return lowest;
}

bool model_done(const struct model *model)
{
	size_t patience = model->job->train.patience;
	return model->records >= model->job->train.epochs ||
	       (patience > 0 && model->records > model->pruned && model->records - 1 - record_lowest(model) >= patience);
}

int model_same_run(const struct model *one, const struct model *other, bool *same, struct err *err)
{
	struct err difference = {0};
	size_t common = one->records < other->records ? one->records : other->records;
	*same = one->pruned == other->pruned && class_names_differ(&one->start, &other->start) == one->start.count &&
	        one->start.count == other->start.count &&
	        (common == 0 || memcmp(one->record, other->record, common * sizeof *one->record) == 0);
	for (size_t p = 0; p < DATA_PARTS; p++)
		if (one->data[p][0] != 0 && other->data[p][0] != 0 && strcmp(one->data[p], other->data[p]) != 0)
			*same = false;
	struct job_changes changes = {0};
	if (!*same || job_continues(one->job, other->job, &changes, &difference) == 0)
		return 0;
	*same = false;
	return difference.code != EX_OSERR ? 0 : err_set(err, EX_OSERR, "%s", difference.text);
}
