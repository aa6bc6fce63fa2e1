/* The samples of each step: all in memory, or read window by window ahead of their use, once per node where its ranks
 * can share memory. Every rank keeps account of the windows; only those that read have the stream. */
#include "trainer.h"

#include <stdlib.h>
#include <string.h>

enum { HALVES = 2, LINE = 64 };

/* A window of an epoch: of its training, or of the test behind it. */
struct place {
	bool test;
	uint64_t epoch;
	size_t window;
};

/* What rank 0 knows of the file, and the others must find too. */
struct sizes {
	uint64_t streams; /* 1; 0: all fits into memory */
	uint64_t train, test, window, span;
};

/* At the head of the windows' memory. */
struct head {
	struct normalization normalization;
	struct digest part[DATA_PARTS];
};

struct feed {
	struct stream *stream; /* of a rank that reads, otherwise NULL */
	struct sizes sizes;
	struct dataset half[HALVES];
	struct place at[HALVES];
	uint64_t taken;     /* windows so far: the next goes to half taken % HALVES */
	bool asked;         /* for `next` */
	struct place next;
	struct err trouble; /* of asking */
	uint32_t *order;    /* [HALVES][window] the training samples of each */
	uint32_t *sample;   /* [most] what samples_take gives */
	void *own;          /* memory of the windows, where it is not shared */
	struct head *head;
};

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

/* Most samples that are asked for at a time. */
static size_t samples_most(const struct job *job)
{
	size_t measured = samples_measured(job);
	return measured > job->train.batch ? measured : job->train.batch;
}

static int stream_begin(struct trainer *t, struct feed *f, struct err *err)
{
	const struct job *job = t->model->job;
	bool fits;
	f->stream = stream_open(&(struct stream_plan){
		.path = data_place(t), .shape = job->input, .classes = job->output.classes, .seed = job->train.seed,
		.held = job->data.validation, .memory = job->data.memory << 20, .least = samples_most(job),
	}, &fits, err);
	if (f->stream != NULL)
		return model_names_adopt(t->model, stream_names(f->stream), data_place(t), err);
	return fits ? 0 : -1;
}

static struct sizes sizes_of(const struct stream *s)
{
	if (s == NULL)
		return (struct sizes){0};
	return (struct sizes){1, stream_count(s, DATA_TRAIN), stream_count(s, DATA_TEST), stream_window(s), stream_span(s)};
}

/* That a rank that reads has found what rank 0 has. */
static int sizes_check(struct trainer *t, const struct feed *f, struct err *err)
{
	struct sizes own = sizes_of(f->stream);
	if (memcmp(&own, &f->sizes, sizeof own) == 0)
		return 0;
	return err_set(err, EX_DATAERR, "%s: not the file that rank 0 reads", data_place(t));
}

static size_t lines(size_t bytes)
{
	return (bytes + LINE - 1) / LINE * LINE;
}

static size_t memory_bytes(const struct trainer *t, const struct feed *f)
{
	size_t window = f->sizes.window, held = t->model->job->data.validation, each = shape_size(t->model->job->input);
	return lines(sizeof(struct head)) + lines(HALVES * window * each) + lines(HALVES * window * sizeof(uint32_t)) +
	       lines(HALVES * window) + lines(held * each) + lines(held);
}

static uint8_t *place_take(uint8_t **at, size_t bytes)
{
	uint8_t *place = *at;
	*at += lines(bytes);
	return place;
}

/* The sets of the trainer and the two halves are parts of the memory. */
static void sets_place(struct trainer *t, struct feed *f, uint8_t *at)
{
	const struct job *job = t->model->job;
	size_t window = f->sizes.window, held = job->data.validation, each = shape_size(job->input);
	const struct dataset none = {.shape = job->input, .classes = job->output.classes, .borrowed = true};
	f->head = (struct head *)place_take(&at, sizeof(struct head));
	t->train = t->test = t->validation = none;
	t->train.count = f->sizes.train;
	t->train.pixels = place_take(&at, HALVES * window * each);
	t->train.number = (uint32_t *)place_take(&at, HALVES * window * sizeof(uint32_t));
	t->train.labels = place_take(&at, HALVES * window);
	t->test.count = f->sizes.test;
	t->validation.count = held;
	t->validation.pixels = place_take(&at, held * each);
	t->validation.labels = place_take(&at, held);
	for (size_t h = 0; h < HALVES; h++) {
		f->half[h] = none;
		f->half[h].pixels = t->train.pixels + h * window * each;
		f->half[h].labels = t->train.labels + h * window;
		f->half[h].number = t->train.number + h * window;
	}
}

/* Memory for windows: the node's, or the rank's own, which then reads itself. Collective. */
static int memory_open(struct trainer *t, struct feed *f, bool share, struct err *err)
{
	size_t bytes = memory_bytes(t, f), most = samples_most(t->model->job);
	struct err trouble = {0};
	if (share)
		t->memory = shared_create(t->comm, comm_node_rank(t->comm) == 0 ? bytes : 0, &trouble);
	int code = 0;
	if (t->memory == NULL) {
		if (f->stream == NULL && (code = stream_begin(t, f, err)) == 0)
			code = sizes_check(t, f, err);
		f->own = memory_zeroed(bytes, 1, err);
	}
	f->order = memory_zeroed(HALVES * f->sizes.window, sizeof *f->order, err);
	f->sample = memory_zeroed(most < f->sizes.train ? most : f->sizes.train, sizeof *f->sample, err);
	uint8_t *at = t->memory != NULL ? shared_part(t->memory, 0) : f->own;
	if (at == NULL || f->order == NULL || f->sample == NULL)
		code = -1;
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	sets_place(t, f, at);
	return 0;
}

static void progress(void *context)
{
	const struct trainer *t = context;
	comm_progress(t->comm);
}

/* The first pass over the file. Collective. */
static int scan(struct trainer *t, struct feed *f, struct data_facts *facts, struct err *err)
{
	int code = 0;
	struct dataset held = t->validation;
	if (f->stream != NULL)
		code = stream_scan(f->stream, t->model->job->data.normalize, &held, &f->head->normalization, f->head->part,
		                   progress, t, err);
	if (comm_agree(t->comm, code, err) != 0 || (t->memory != NULL && shared_wait(t->memory, err) != 0))
		return -1;
	t->model->normalization = f->head->normalization;
	memcpy(facts->part, f->head->part, sizeof facts->part);
	facts->window = f->sizes.window;
	facts->span = f->sizes.span;
	return 0;
}

int feed_open(struct trainer *t, struct data_facts *facts, struct err *err)
{
	if (t->model->job->data.memory == 0)
		return 0;
	bool share = comm_ranks(t->comm) > comm_nodes(t->comm) && data_is_common(t);
	bool reads = !share || comm_node_rank(t->comm) == 0;
	struct feed *f = t->feed = memory_zeroed(1, sizeof *f, err);
	int code = f == NULL ? -1 : reads ? stream_begin(t, f, err) : 0;
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	f->sizes = sizes_of(f->stream);
	if (f->stream != NULL)
		strcpy(t->model->background, stream_background(f->stream));
	if (comm_broadcast(t->comm, &f->sizes, sizeof f->sizes, err) != 0 ||
	    comm_agree(t->comm, reads ? sizes_check(t, f, err) : 0, err) != 0)
		return -1;
	if (f->sizes.streams == 0) {
		feed_close(t);
		return 0;
	}
	return memory_open(t, f, share, err) != 0 ? -1 : scan(t, f, facts, err);
}

void feed_close(struct trainer *t)
{
	struct feed *f = t->feed;
	if (f == NULL)
		return;
	stream_close(f->stream);
	free(f->order);
	free(f->sample);
	free(f->own);
	free(f);
	t->feed = NULL;
}

/* ---- Windows ----------------------------------------------------------------------------------------------------- */

static size_t windows(const struct feed *f, bool test)
{
	return ((test ? f->sizes.test : f->sizes.train) - 1) / f->sizes.window + 1;
}

/* An epoch's training, its test, the next epoch. */
static struct place place_after(const struct feed *f, struct place p)
{
	if (p.window + 1 < windows(f, p.test))
		return (struct place){p.test, p.epoch, p.window + 1};
	return (struct place){!p.test, p.epoch + p.test, 0};
}

static bool place_is(const struct place *a, const struct place *b)
{
	return a->test == b->test && a->epoch == b->epoch && a->window == b->window;
}

/* The half that holds a window, or HALVES. */
static size_t half_of(const struct feed *f, struct place place)
{
	for (uint64_t back = 1; back <= HALVES && back <= f->taken; back++)
		if (place_is(&f->at[(f->taken - back) % HALVES], &place))
			return (f->taken - back) % HALVES;
	return HALVES;
}

/* Begins to read a window; the half that it goes to must be done with on every rank. */
static void window_ask(struct feed *f, struct place place)
{
	f->next = place;
	f->asked = true;
	f->trouble = (struct err){0};
	if (f->stream != NULL)
		stream_ask(f->stream, place.test ? DATA_TEST : DATA_TRAIN, place.epoch, place.window,
		           &f->half[f->taken % HALVES], &f->trouble);
}

/* The next window, while the one that was taken last is in use, and no other. */
static void window_ahead(const struct trainer *t, struct place place)
{
	struct feed *f = t->feed;
	struct place next = place_after(f, place);
	if (!f->asked && place_is(&f->at[(f->taken - 1) % HALVES], &place) && next.epoch < t->model->job->train.epochs)
		window_ask(f, next);
}

/* Makes sure that a window is there. Collective. */
static int window_reach(struct trainer *t, struct place place, struct err *err)
{
	struct feed *f = t->feed;
	if (half_of(f, place) < HALVES)
		return 0;
	if (!f->asked || !place_is(&f->next, &place))
		window_ask(f, place);
	int code = f->trouble.code != 0 ? err_set(err, f->trouble.code, "%s", f->trouble.text) : 0;
	if (code == 0 && f->stream != NULL)
		code = stream_wait(f->stream, err);
	size_t h = f->taken++ % HALVES, first = place.window * f->sizes.window;
	size_t left = (place.test ? f->sizes.test : f->sizes.train) - first;
	f->at[h] = place;
	f->asked = false;
	f->half[h].count = left < f->sizes.window ? left : f->sizes.window;
	if (!place.test)
		stream_order(t->model->job->train.seed, place.epoch, first, f->half[h].count, f->order + h * f->sizes.window);
	if (comm_agree(t->comm, code, err) != 0)
		return -1;
	return t->memory != NULL ? shared_wait(t->memory, err) : 0;
}

/* The samples of at most two windows. Collective. */
static const uint32_t *window_samples(struct trainer *t, uint64_t epoch, size_t first, size_t count, struct err *err)
{
	struct feed *f = t->feed;
	size_t window = f->sizes.window, low = first / window, high = (first + count - 1) / window;
	if (window_reach(t, (struct place){false, epoch, low}, err) != 0)
		return NULL;
	window_ahead(t, (struct place){false, epoch, low});
	if (high > low && window_reach(t, (struct place){false, epoch, high}, err) != 0)
		return NULL;
	for (size_t w = low, i = 0; w <= high; w++) {
		size_t h = half_of(f, (struct place){false, epoch, w}), end = (w + 1) * window;
		for (; i < count && first + i < end; i++)
			f->sample[i] = (uint32_t)(h * window) + f->order[h * window + (first + i) % window];
	}
	return f->sample;
}

const uint32_t *samples_take(struct trainer *t, uint64_t epoch, size_t first, size_t count, struct err *err)
{
	if (t->feed != NULL)
		return window_samples(t, epoch, first, count, err);
	if (t->ordered != epoch + 1)
		order_permute(t->model->job->train.seed, epoch, t->train.count, t->order);
	t->ordered = epoch + 1;
	return t->order + first;
}

/* The test set's windows, added up: whole numbers, so that the windows cannot be seen. */
static int windows_evaluate(struct trainer *t, struct evaluation *out, struct evaluation *part, struct err *err)
{
	struct feed *f = t->feed;
	size_t classes = t->model->job->output.classes;
	for (size_t w = 0; w < windows(f, true); w++) {
		const struct place place = {true, t->model->records, w};
		if (window_reach(t, place, err) != 0)
			return -1;
		window_ahead(t, place);
		if (evaluate(t->comm, t->kernels, t->threads, t->model, &f->half[half_of(f, place)], part, err) != 0)
			return -1;
		out->samples += part->samples;
		out->errors += part->errors;
		out->loss_sum += part->loss_sum;
		for (size_t i = 0; i < classes * classes; i++)
			out->confusion[i] += part->confusion[i];
	}
	out->loss = loss_mean(out->loss_sum, (int64_t)out->samples);
	return 0;
}

int test_evaluate(struct trainer *t, struct evaluation *out, struct err *err)
{
	if (t->feed == NULL)
		return evaluate(t->comm, t->kernels, t->threads, t->model, &t->test, out, err);
	size_t classes = t->model->job->output.classes;
	struct evaluation part = {.confusion = memory_zeroed(classes * classes, sizeof *part.confusion, err)};
	*out = (struct evaluation){.confusion = out->confusion};
	memset(out->confusion, 0, classes * classes * sizeof *out->confusion);
	int code = comm_agree(t->comm, part.confusion != NULL ? 0 : -1, err);
	if (code == 0)
		code = windows_evaluate(t, out, &part, err);
	free(part.confusion);
	return code;
}
