/* Samples that a program holds in arrays of its own; it may have others to test with. */
#include "samples.h"

struct arrays {
	struct samples samples;
	struct dataset test;
};

static const struct dataset *arrays_test(struct samples *s, uint64_t epoch, size_t piece, struct err *err)
{
	(void)epoch; /* the same behind each, */
	(void)piece; /* in one piece, */
	(void)err;   /* always there */
	return &((struct arrays *)s)->test;
}

static void arrays_close(struct samples *s)
{
	(void)s; /* the arrays are the program's */
}

static const struct samples_type arrays_type = {
	.bytes = sizeof(struct arrays), .take = order_take, .test = arrays_test, .close = arrays_close,
};

static int set_check(const struct dataset *set, const char *name, struct err *err)
{
	if (set->count == 0 || set->count > UINT32_MAX)
		return err_set(err, EX_DATAERR, "%s: %zu samples: there can be 1 to %u", name, set->count, UINT32_MAX);
	size_t finite = array_finite(&set->array[DATA_INPUTS], set->count);
	if (finite < set->count)
		return err_set(err, EX_DATAERR, "%s: an input of sample %zu is not finite", name, finite);
	return targets_check(set, set, name, err);
}

/* A network that goes on takes numbers as it took them before. */
static int model_check(const struct model *model, const struct dataset *set, struct err *err)
{
	enum element element = set->array[DATA_INPUTS].element;
	if (model->job->data.validation > 0 || model->job->data.share > 0)
		return err_set(err, EX_CONFIG, "data.validation and data.test work in convoy train only: hold samples back "
		               "yourself");
	if (model_inputs_check(model, err) != 0)
		return -1;
	if (model->step > 0 && model->inputs != element)
		return err_set(err, EX_DATAERR, "the network was trained on %s inputs, these are %s",
		               element_name((enum element)model->inputs), element_name(element));
	return 0;
}

/* What the checkpoint of a network that goes on was measured on counts, and what a new one took from another. */
static int sets_measure(struct arrays *self, struct model *model, bool tests, struct err *err)
{
	struct samples *s = &self->samples;
	if (model_check(model, &s->train, err) != 0 || set_check(&s->train, "training samples", err) != 0 ||
	    (tests && set_check(&self->test, "test samples", err) != 0) || order_open(s, err) != 0)
		return -1;
	model->inputs = s->train.array[DATA_INPUTS].element;
	if (model->step > 0)
		return 0;
	if (!model_started_with(model, "/normalization/mean") &&
	    normalization_measure(&model->normalization, model->job->data.normalize, &s->train, err) != 0)
		return -1;
	model_units(model);
	return targets_measure(&model->targets, model->job->output.normalize, &s->train, err);
}

/* Checks that all ranks have the same samples, and keeps their digests in the model. A continued network can get other
 * samples. Collective. */
static int sets_agree(struct arrays *self, struct model *model, bool tests, struct err *err)
{
	struct comm *comm = self->samples.comm;
	struct digest part[DATA_PARTS] = {0};
	int code = dataset_digest(&self->samples.train, NULL, &part[DATA_TRAIN], err);
	if (code == 0 && tests)
		code = dataset_digest(&self->test, NULL, &part[DATA_TEST], err);
	const struct digest all = digest_of(part, sizeof part);
	if (comm_agree(comm, code, err) != 0 || comm_same(comm, "the data", &all, EX_DATAERR, err) != 0)
		return -1;
	digest_text(&part[DATA_TRAIN], model->data[DATA_TRAIN]);
	if (tests)
		digest_text(&part[DATA_TEST], model->data[DATA_TEST]);
	model->window = model->span = 0;
	return 0;
}

struct samples *samples_over(struct comm *comm, struct model *model, const struct dataset *train,
                             const struct dataset *test, struct err *err)
{
	struct samples *s = samples_alloc(&arrays_type, comm, model->job, err);
	struct arrays *self = (struct arrays *)s;
	bool tests = test != NULL;
	if (s == NULL)
		return NULL;
	s->train = *train;
	if (tests)
		self->test = *test;
	s->pieces = tests;
	if (comm_agree(comm, sets_measure(self, model, tests, err), err) == 0 &&
	    sets_agree(self, model, tests, err) == 0 && weights_balance(comm, model, s, err) == 0)
		return s;
	samples_close(s);
	return NULL;
}
