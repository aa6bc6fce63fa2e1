/* Predictions: samples through a model, sixteen at a time. */
#include <convoy/model.h>

int model_takes_bytes(const struct model *model, struct err *err)
{
	if (model->inputs == ELEMENT_U8)
		return 0;
	return err_set(err, EX_DATAERR, "%s: the network was trained on %s inputs: pictures and bytes mean nothing to it",
	               model->job->source, model->inputs < ELEMENTS ? element_name((enum element)model->inputs) : "other");
}

int model_inputs_check(const struct model *model, struct err *err)
{
	if (model->inputs < ELEMENTS)
		return 0;
	return err_set(err, EX_DATAERR, "%s: its inputs are numbers of a type that this convoy does not know",
	               model->job->source);
}

int predictor_open(struct predictor *out, const struct kernels *kernels, const struct model *model, struct err *err)
{
	*out = (struct predictor){.model = model};
	if (model_inputs_check(model, err) != 0)
		return -1;
	const struct data_need need = model_need(model);
	out->block = dataset_of(&need);
	out->block.array[DATA_INPUTS].element = (enum element)model->inputs;
	if (model_batcher(&out->batcher, model, &out->block, err) == 0 &&
	    pass_open(&out->pass, model->net, PASS_EVALUATE, kernels, err) == 0) {
		pass_prepare(&out->pass, model_outcome(model));
		return 0;
	}
	predictor_close(out);
	return -1;
}

void predictor_close(struct predictor *predictor)
{
	pass_close(&predictor->pass);
	batcher_close(&predictor->batcher);
	*predictor = (struct predictor){0};
}

float model_value(const struct model *model, size_t k, float y)
{
	return (float)((double)y * model->targets.deviation[k] + model->targets.mean[k]);
}

struct targets model_label_scores(const struct model *model)
{
	struct task_spec task = model->net->task;
	task.smoothing = 0;
	return loss_targets(&task, model->net->stop[model->net->layers - 1].layer->activation);
}

/* Gives values their units back. */
static void values_restore(const struct model *model, float *value)
{
	const struct normalization *targets = &model->targets;
	size_t positions = model->net->task.positions;
	for (size_t i = 0; i < targets->maps * positions; i++)
		value[i] = model_value(model, i / positions, value[i]);
}

void predictor_run_as(struct predictor *predictor, enum element element, size_t count, const void *inputs,
                      float *scores)
{
	static const uint32_t lanes[LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
	struct data_array *array = &predictor->block.array[DATA_INPUTS];
	const struct task_spec *task = &predictor->model->net->task;
	size_t numbers = task->count * task->positions;
	array->element = element;
	for (size_t first = 0; first < count; first += LANES) {
		size_t used = count - first < LANES ? count - first : LANES;
		/* The batcher only reads the inputs; struct data_array has no const member for them. */
		array->bytes = (uint8_t *)inputs + array_bytes(array, first);
		predictor->block.count = used;
		batcher_fill(&predictor->batcher, lanes, used, predictor->pass.map[0], NULL);
		pass_forward(&predictor->pass, model_outcome(predictor->model));
		for (size_t lane = 0; lane < used; lane++) {
			float *score = scores + (first + lane) * numbers;
			pass_scores(&predictor->pass, lane, score);
			values_restore(predictor->model, score);
		}
	}
}

void predictor_run(struct predictor *predictor, size_t count, const void *inputs, float *scores)
{
	predictor_run_as(predictor, (enum element)predictor->model->inputs, count, inputs, scores);
}

size_t predictor_guess(size_t classes, size_t positions, const float *scores, size_t position)
{
	size_t guess = 0;
	for (size_t k = 1; k < classes; k++)
		if (scores[k * positions + position] > scores[guess * positions + position])
			guess = k;
	return guess;
}

void predictor_rank(size_t classes, const float *scores, size_t most, size_t *order)
{
	for (size_t k = 0; k < classes; k++) {
		size_t at = k < most ? k : most; /* few are asked for: insertion */
		for (; at > 0 && scores[order[at - 1]] < scores[k]; at--)
			if (at < most)
				order[at] = order[at - 1];
		if (at < most)
			order[at] = k;
	}
}
