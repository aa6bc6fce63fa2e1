/* Samples that are read window by window ahead of their use, once per node if its ranks can share memory. Each rank
 * keeps track of the windows. Only ranks that read have the stream. */
#include "samples.h"

#include <stdlib.h>
#include <string.h>

enum { HALVES = 2 };

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
	uint64_t element; /* of the inputs */
};

/* At the head of the windows' memory. */
struct head {
	struct digest part[DATA_PARTS];
};

struct streamed {
	struct samples samples; /* train has the arrays of both halves, and the count of an epoch */
	struct stream *stream;  /* of a rank that reads, otherwise NULL */
	struct sizes sizes;
	struct dataset half[HALVES];
	struct place at[HALVES];
	uint64_t taken;     /* windows so far: the next goes to half taken % HALVES */
	bool asked;         /* for `next` */
	struct place next;
	struct err trouble; /* of asking */
	uint32_t *order;    /* [HALVES][window] the training samples of each */
	uint32_t *sample;   /* [most] what `take` gives */
	struct shared *memory; /* of the windows, where the ranks of a node share it; */
	void *own;             /* otherwise */
	struct head *head;
	struct normalization normalization, targets; /* in the windows' memory too */
};

/* ---- Windows ----------------------------------------------------------------------------------------------------- */

static size_t windows(const struct streamed *self, bool test)
{
	size_t samples = test ? self->sizes.test : self->sizes.train;
	return samples > 0 ? (samples - 1) / self->sizes.window + 1 : 0;
}

/* An epoch's training, its test if there is one, the next epoch. */
static struct place place_after(const struct streamed *self, struct place p)
{
	if (p.window + 1 < windows(self, p.test))
		return (struct place){p.test, p.epoch, p.window + 1};
	bool test = !p.test && self->sizes.test > 0;
	return (struct place){test, p.epoch + !test, 0};
}

static bool place_is(const struct place *a, const struct place *b)
{
	return a->test == b->test && a->epoch == b->epoch && a->window == b->window;
}

/* The half that holds a window, or HALVES. */
static size_t half_of(const struct streamed *self, struct place place)
{
	for (uint64_t back = 1; back <= HALVES && back <= self->taken; back++)
		if (place_is(&self->at[(self->taken - back) % HALVES], &place))
			return (self->taken - back) % HALVES;
	return HALVES;
}

/* Begins to read a window; the half that it goes to must be done with on every rank. */
static void window_ask(struct streamed *self, struct place place)
{
	self->next = place;
	self->asked = true;
	self->trouble = (struct err){0};
	if (self->stream != NULL)
		stream_ask(self->stream, place.test ? DATA_TEST : DATA_TRAIN, place.epoch, place.window,
		           &self->half[self->taken % HALVES], &self->trouble);
}

/* The next window, while the one that was taken last is in use, and no other. */
static void window_ahead(struct streamed *self, struct place place)
{
	struct place next = place_after(self, place);
	if (!self->asked && place_is(&self->at[(self->taken - 1) % HALVES], &place) && next.epoch < self->samples.epochs)
		window_ask(self, next);
}

/* Makes sure that a window is there. Collective. */
static int window_reach(struct streamed *self, struct place place, struct err *err)
{
	if (half_of(self, place) < HALVES)
		return 0;
	if (!self->asked || !place_is(&self->next, &place))
		window_ask(self, place);
	int code = self->trouble.code != 0 ? err_set(err, self->trouble.code, "%s", self->trouble.text) : 0;
	if (code == 0 && self->stream != NULL)
		code = stream_wait(self->stream, err);
	size_t h = self->taken++ % HALVES, first = place.window * self->sizes.window;
	size_t left = (place.test ? self->sizes.test : self->sizes.train) - first;
	self->at[h] = place;
	self->asked = false;
	self->half[h].count = left < self->sizes.window ? left : self->sizes.window;
	if (!place.test)
		stream_order(self->samples.seed, place.epoch, first, self->half[h].count, self->order + h * self->sizes.window);
	if (comm_agree(self->samples.comm, code, err) != 0)
		return -1;
	return self->memory != NULL ? shared_wait(self->memory, err) : 0;
}

/* The samples of at most two windows. */
static const uint32_t *streamed_take(struct samples *s, uint64_t epoch, size_t first, size_t count, struct err *err)
{
	struct streamed *self = (struct streamed *)s;
	size_t window = self->sizes.window, low = first / window, high = (first + count - 1) / window;
	if (window_reach(self, (struct place){false, epoch, low}, err) != 0)
		return NULL;
	window_ahead(self, (struct place){false, epoch, low});
	if (high > low && window_reach(self, (struct place){false, epoch, high}, err) != 0)
		return NULL;
	for (size_t n = low, i = 0; n <= high; n++) {
		size_t h = half_of(self, (struct place){false, epoch, n}), end = (n + 1) * window;
		for (; i < count && first + i < end; i++)
			self->sample[i] = (uint32_t)(h * window) + self->order[h * window + (first + i) % window];
	}
	return self->sample;
}

static const struct dataset *streamed_test(struct samples *s, uint64_t epoch, size_t piece, struct err *err)
{
	struct streamed *self = (struct streamed *)s;
	const struct place place = {true, epoch, piece};
	if (window_reach(self, place, err) != 0)
		return NULL;
	window_ahead(self, place);
	return &self->half[half_of(self, place)];
}

static void streamed_close(struct samples *s)
{
	struct streamed *self = (struct streamed *)s;
	stream_close(self->stream); /* its thread writes to the memory that goes below */
	free(self->order);
	free(self->sample);
	free(self->own);
	shared_destroy(self->memory);
}

static void streamed_tally(const struct samples *s, size_t *count)
{
	const struct streamed *self = (const struct streamed *)s;
	if (self->stream != NULL)
		stream_tally(self->stream, count);
}

static const struct samples_type streamed_type = {
	.bytes = sizeof(struct streamed), .take = streamed_take, .test = streamed_test, .tally = streamed_tally,
	.close = streamed_close,
};

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

/* Returns the largest number of samples that is taken at once. */
static size_t samples_most(const struct job *job)
{
	size_t measured = curvature_samples(job);
	return measured > job->train.batch ? measured : job->train.batch;
}

static void progress(void *context)
{
	comm_progress(context);
}

/* On a rank that reads. The stream stays NULL if all fits into memory. */
static int stream_begin(struct streamed *self, struct model *model, const char *path, struct err *err)
{
	const struct job *job = model->job;
	struct sample_request request = job_request(job, job->data.format);
	bool fits;
	if (job->data.share > 0)
		request_leave(&request, SAMPLE_TEST);
	self->stream = stream_open(&(struct stream_plan){
		.source = job_source(job, job->data.format, path, &request), .need = model_need(model),
		.split = job_split(job), .memory = job->data.memory << 20,
		.least = samples_most(job), .progress = progress, .context = self->samples.comm,
	}, &fits, err);
	if (self->stream == NULL)
		return fits ? 0 : -1;
	for (enum data_part part = DATA_TRAIN; part < DATA_PARTS; part++)
		self->samples.left_out[part] = stream_left_out(self->stream, part);
	strcpy(model->background, stream_background(self->stream));
	return model_names_adopt(model, stream_names(self->stream), path, err);
}

static struct sizes sizes_of(const struct stream *s)
{
	if (s == NULL)
		return (struct sizes){0};
	return (struct sizes){1, stream_count(s, DATA_TRAIN), stream_count(s, DATA_TEST), stream_window(s), stream_span(s),
	                      stream_element(s)};
}

/* Checks that a rank that reads has found the same as rank 0. */
static int sizes_check(const struct streamed *self, const char *path, struct err *err)
{
	struct sizes own = sizes_of(self->stream);
	if (memcmp(&own, &self->sizes, sizeof own) == 0)
		return 0;
	return err_set(err, EX_DATAERR, "%s: not the file that rank 0 reads", path);
}

/* A set without samples, of the types that the file has. */
static struct dataset set_of(const struct streamed *self, const struct model *model)
{
	const struct data_need need = model_need(model);
	struct dataset set = dataset_of(&need);
	set.array[DATA_INPUTS].element = (enum element)self->sizes.element;
	set.borrowed = true;
	return set;
}

static void normalization_place(struct normalization *out, size_t maps, uint8_t **at)
{
	out->maps = maps;
	out->mean = (double *)part_take(at, maps * sizeof *out->mean);
	out->deviation = (double *)part_take(at, maps * sizeof *out->deviation);
}

static size_t normalization_bytes(size_t maps)
{
	return 2 * part_bytes(maps * sizeof(double));
}

static void normalization_copy(struct normalization *out, const struct normalization *from)
{
	for (size_t m = 0; m < out->maps; m++) {
		out->mean[m] = from->mean[m];
		out->deviation[m] = from->deviation[m];
	}
}

/* Points the sets and the two halves to their parts of the memory. */
static void sets_place(struct streamed *self, const struct model *model, uint8_t *at)
{
	struct dataset *train = &self->samples.train, *validation = &self->samples.validation;
	size_t window = self->sizes.window;
	const struct dataset none = set_of(self, model);
	self->head = (struct head *)part_take(&at, sizeof(struct head));
	normalization_place(&self->normalization, model->normalization.maps, &at);
	normalization_place(&self->targets, model->targets.maps, &at);
	*train = *validation = none;
	train->count = self->sizes.train;
	arrays_place(train, &at, HALVES * window);
	train->number = (uint32_t *)part_take(&at, HALVES * window * sizeof(uint32_t));
	validation->count = model->job->data.validation;
	arrays_place(validation, &at, validation->count);
	for (size_t h = 0; h < HALVES; h++) {
		self->half[h] = none;
		for (size_t a = 0; a < DATA_ARRAYS; a++)
			self->half[h].array[a].bytes = array_sample(&train->array[a], h * window);
		self->half[h].number = train->number + h * window;
	}
}

static size_t memory_bytes(const struct streamed *self, const struct model *model)
{
	const struct dataset set = set_of(self, model);
	size_t both = HALVES * self->sizes.window, held = model->job->data.validation;
	return part_bytes(sizeof(struct head)) + normalization_bytes(model->normalization.maps) +
	       normalization_bytes(model->targets.maps) + arrays_bytes(&set, both) + part_bytes(both * sizeof(uint32_t)) +
	       arrays_bytes(&set, held);
}

/* Memory for windows: the node's, or the rank's own, which then reads itself. Collective. */
static int memory_open(struct streamed *self, struct model *model, const char *path, bool share, struct err *err)
{
	struct comm *comm = self->samples.comm;
	size_t bytes = memory_bytes(self, model), most = samples_most(model->job);
	struct err trouble = {0};
	if (share)
		self->memory = shared_create(comm, comm_node_rank(comm) == 0 ? bytes : 0, &trouble);
	int code = 0;
	if (self->memory == NULL) {
		if (self->stream == NULL && (code = stream_begin(self, model, path, err)) == 0)
			code = sizes_check(self, path, err);
		self->own = memory_zeroed(bytes, 1, err);
	}
	self->order = memory_zeroed(HALVES * self->sizes.window, sizeof *self->order, err);
	self->sample = memory_zeroed(most < self->sizes.train ? most : self->sizes.train, sizeof *self->sample, err);
	uint8_t *at = self->memory != NULL ? shared_part(self->memory, 0) : self->own;
	if (at == NULL || self->order == NULL || self->sample == NULL)
		code = -1;
	if (comm_agree(comm, code, err) != 0)
		return -1;
	sets_place(self, model, at);
	return 0;
}

/* The first pass over the file. Collective. */
static int scan(struct streamed *self, struct model *model, struct samples_facts *facts, struct err *err)
{
	struct comm *comm = self->samples.comm;
	int code = 0;
	struct dataset held = self->samples.validation;
	if (self->stream != NULL)
		code = stream_scan(self->stream, model->job->data.normalize, &held, &self->normalization,
		                   self->head->part, progress, comm, err);
	if (self->stream != NULL && code == 0)
		code = stream_targets(self->stream, model->job->output.normalize, &self->targets, err);
	if (comm_agree(comm, code, err) != 0 || (self->memory != NULL && shared_wait(self->memory, err) != 0))
		return -1;
	normalization_copy(&model->normalization, &self->normalization);
	normalization_copy(&model->targets, &self->targets);
	memcpy(facts->part, self->head->part, sizeof facts->part);
	facts->window = self->sizes.window;
	facts->span = self->sizes.span;
	return 0;
}

/* Opens the file; self->sizes.streams then says on every rank whether it is streamed. Collective. */
static int file_open(struct streamed *self, struct model *model, const char *path, const struct readers *readers,
                     struct err *err)
{
	struct comm *comm = self->samples.comm;
	if (comm_agree(comm, readers->own ? stream_begin(self, model, path, err) : 0, err) != 0)
		return -1;
	self->sizes = sizes_of(self->stream);
	if (comm_broadcast(comm, &self->sizes, sizeof self->sizes, err) != 0)
		return -1;
	return comm_agree(comm, readers->own ? sizes_check(self, path, err) : 0, err);
}

struct samples *streamed_open(struct comm *comm, struct model *model, const char *place, bool *fits,
                              struct samples_facts *facts, struct err *err)
{
	struct readers readers = readers_of(comm, place);
	struct samples *s = samples_alloc(&streamed_type, comm, model->job, err);
	struct streamed *self = (struct streamed *)s;
	*fits = false;
	if (s == NULL)
		return NULL;
	int code = file_open(self, model, place, &readers, err);
	*fits = code == 0 && self->sizes.streams == 0;
	if (code == 0 && !*fits && memory_open(self, model, place, readers.share, err) == 0 &&
	    scan(self, model, facts, err) == 0) {
		s->pieces = windows(self, true);
		return s;
	}
	samples_close(s);
	return NULL;
}
