/* Samples that a program holds in arrays of its own. They have no test set. */
#include "samples.h"

static void arrays_close(struct samples *s)
{
	(void)s; /* the arrays are the program's */
}

/* There are no pieces of a test set, so `test` is never called. */
static const struct samples_type arrays_type = {
	.bytes = sizeof(struct samples), .take = order_take, .close = arrays_close,
};

static int set_check(const struct dataset *set, const struct job *job, struct err *err)
{
	if (set->count == 0 || set->count > UINT32_MAX)
		return err_set(err, EX_DATAERR, "%zu images: 1 to %u can be trained on", set->count, UINT32_MAX);
	for (size_t i = 0; dataset_has_classes(set) && i < set->count; i++)
		if (dataset_class(set, i) >= set->classes)
			return err_set(err, EX_DATAERR, "label %zu of image %zu is not below classes: %zu", dataset_class(set, i),
			               i, set->classes);
	if (job->data.validation > 0)
		return err_set(err, EX_CONFIG, "data.validation works in convoy train only: hold images back yourself");
	return 0;
}

/* What the checkpoint of a network that goes on was measured on counts. */
static int set_measure(struct samples *s, struct model *model, struct err *err)
{
	if (set_check(&s->train, model->job, err) != 0 || order_open(s, err) != 0)
		return -1;
	if (model->step > 0)
		return 0;
	if (normalization_measure(&model->normalization, model->job->data.normalize, &s->train, err) != 0)
		return -1;
	return targets_measure(&model->targets, model->job->output.normalize, &s->train, err);
}

/* Checks that all ranks have the same samples, and keeps their digest in the model. A continued network can get other
 * samples. Collective. */
static int set_agree(struct samples *s, struct model *model, struct err *err)
{
	struct digest digest = {0};
	if (comm_agree(s->comm, dataset_digest(&s->train, NULL, 0, &digest, err), err) != 0 ||
	    comm_same(s->comm, "the data", &digest, EX_DATAERR, err) != 0)
		return -1;
	digest_text(&digest, model->data[DATA_TRAIN]);
	model->window = model->span = 0;
	return 0;
}

struct samples *samples_over(struct comm *comm, struct model *model, const struct dataset *set, struct err *err)
{
	struct samples *s = samples_alloc(&arrays_type, comm, model->job, err);
	if (s == NULL)
		return NULL;
	s->train = *set;
	model->inputs = set->array[DATA_INPUTS].element;
	if (comm_agree(comm, set_measure(s, model, err), err) == 0 && set_agree(s, model, err) == 0 &&
	    weights_balance(comm, model, s, err) == 0)
		return s;
	samples_close(s);
	return NULL;
}
