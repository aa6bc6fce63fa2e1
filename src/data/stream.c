/* Streams: windows of a file of samples, read by a thread ahead of their use. */
#include "data.h"
#include "pieces.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct request {
	enum data_part part;
	uint64_t epoch;
	size_t window;
	struct dataset into;
};

struct stream {
	struct stream_plan plan;
	struct sample_reader reader;
	char *path;
	size_t each;                  /* bytes of a sample's inputs */
	size_t count[SAMPLE_PARTS];   /* samples, without those held back */
	size_t window;                /* S */
	struct dataset limits;        /* no samples: what they must be, and the file's names of classes */
	struct dataset beside[SAMPLE_PARTS]; /* of all samples: their targets and weights */
	bool *held;                   /* [training samples] */
	size_t rows;                  /* rows of chunks of the training inputs */
	uint32_t *kept;               /* [rows] training samples of each that are not held back */
	uint32_t *order;              /* [rows] their order in the epoch … */
	uint64_t ordered;             /* … minus one; 0: none */
	uint8_t *room;                /* for the inputs of [span] samples */
	uint8_t *row;                 /* the inputs of … */
	size_t loaded;                /* … a row of chunks, numbered over both parts, plus one; 0: none */
	bool asked;                   /* `thread` works for `request` */
	pthread_t thread;
	struct request request;
	struct err trouble;           /* the thread's */
};

static size_t part_of(enum data_part part)
{
	return part == DATA_TRAIN ? SAMPLE_TRAIN : SAMPLE_TEST;
}

static const struct sample_pieces *inputs_of(const struct stream *s, size_t p)
{
	return &s->reader.index.array[p][SAMPLE_INPUTS];
}

const struct class_names *stream_names(const struct stream *s)
{
	return &s->limits.names;
}

size_t stream_count(const struct stream *s, enum data_part part)
{
	return s->count[part_of(part)];
}

size_t stream_window(const struct stream *s)
{
	return s->window;
}

enum element stream_element(const struct stream *s)
{
	return s->limits.array[DATA_INPUTS].element;
}

size_t stream_span(const struct stream *s)
{
	return inputs_of(s, SAMPLE_TRAIN)->each[0];
}

void stream_tally(const struct stream *s, size_t *count)
{
	size_t all = inputs_of(s, SAMPLE_TRAIN)->dims[0];
	for (size_t i = 0; i < all; i++)
		if (!s->held[i])
			dataset_tally(&s->beside[SAMPLE_TRAIN], i, count);
}

const char *stream_background(const struct stream *s)
{
	return s->reader.index.background;
}

void stream_order(uint64_t seed, uint64_t epoch, size_t first, size_t count, uint32_t *order)
{
	for (size_t i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	for (size_t i = count; i-- > 1;) {
		size_t j = (size_t)random_below(seed, RANDOM_WINDOW, epoch, first + i, i + 1);
		uint32_t swap = order[i];
		order[i] = order[j];
		order[j] = swap;
	}
}

/* ---- Opening ----------------------------------------------------------------------------------------------------- */

static int targets_read(struct stream *s, struct err *err)
{
	s->each = array_bytes(&s->limits.array[DATA_INPUTS], 1);
	if (s->plan.need.task != TASK_VALUES)
		names_take(&s->limits, &s->reader.index);
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		struct dataset *beside = &s->beside[p];
		*beside = dataset_of(&s->plan.need);
		beside->array[DATA_INPUTS].each = 0;
		s->count[p] = inputs_of(s, p)->dims[0];
		if (dataset_allocate(beside, s->count[p], err) != 0 ||
		    targets_fetch(&s->reader, p, &s->limits, beside, err) != 0)
			return -1;
	}
	return 0;
}

/* The same samples as in dataset_split. */
static int held_choose(struct stream *s, struct err *err)
{
	size_t count = s->count[SAMPLE_TRAIN], held = s->plan.held, span = stream_span(s), out = 0;
	if (held >= count)
		return err_set(err, EX_CONFIG, "data.validation is %zu, the training set has only %zu samples", held, count);
	s->rows = (count - 1) / span + 1;
	s->held = memory_zeroed(count, sizeof *s->held, err);
	s->kept = memory_zeroed(s->rows, sizeof *s->kept, err);
	s->order = memory_zeroed(s->rows, sizeof *s->order, err);
	if (s->held == NULL || s->kept == NULL || s->order == NULL)
		return -1;
	for (size_t i = 0; i < count; i++) {
		s->held[i] = split_holds(s->plan.seed, i, count, held - out);
		out += s->held[i];
		s->kept[i / span] += !s->held[i];
	}
	s->count[SAMPLE_TRAIN] = count - held;
	return 0;
}

static size_t larger(size_t one, size_t other)
{
	return one > other ? one : other;
}

/* S, of the memory that chunks on their way and samples held back leave for two windows. */
static int window_choose(struct stream *s, bool *fits, struct err *err)
{
	const struct sample_pieces *train = inputs_of(s, SAMPLE_TRAIN), *test = inputs_of(s, SAMPLE_TEST);
	enum element element = stream_element(s);
	size_t row = larger(train->each[0], test->each[0]) * s->each, memory = s->plan.memory;
	size_t raw = larger(row_bytes(&s->reader, SAMPLE_TRAIN, SAMPLE_INPUTS, element),
	                    row_bytes(&s->reader, SAMPLE_TEST, SAMPLE_INPUTS, element)); /* before conversion */
	size_t chunks = 2 * s->reader.room + raw + row, taken = chunks + s->plan.held * s->each;
	size_t least = s->plan.least > 0 ? s->plan.least : 1;
	size_t all = s->count[SAMPLE_TRAIN] + s->plan.held + s->count[SAMPLE_TEST];
	*fits = all <= memory / s->each;
	if (*fits)
		return 0;
	s->window = memory > taken ? (memory - taken) / 2 / s->each : 0;
	if (s->window < least)
		return err_set(err, EX_CONFIG, "data.memory is too small for %s: %zu MiB at least (two windows of %zu images, "
		               "%zu held back, %zu bytes for chunks)", s->path,
		               ((taken + 2 * least * s->each) >> 20) + 1, least, s->plan.held, chunks);
	s->room = memory_zeroed(row, 1, err);
	return s->room != NULL ? 0 : -1;
}

struct stream *stream_open(const struct stream_plan *plan, bool *fits, struct err *err)
{
	struct stream *s = memory_zeroed(1, sizeof *s, err);
	*fits = false;
	if (s == NULL)
		return NULL;
	s->plan = *plan;
	s->plan.source.request = NULL; /* of no use any more */
	s->limits = dataset_of(&plan->need);
	s->path = memory_text(plan->source.place, err);
	if (source_open(&s->reader, &plan->source, err) == 0 && s->path != NULL &&
	    samples_suit(&s->reader, &plan->need, &s->limits, err) == 0 && targets_read(s, err) == 0 &&
	    held_choose(s, err) == 0 && window_choose(s, fits, err) == 0 && !*fits)
		return s;
	stream_close(s);
	return NULL;
}

void stream_close(struct stream *s)
{
	struct err ignored = {0};
	if (s == NULL)
		return;
	stream_wait(s, &ignored);
	reader_close(&s->reader);
	free(s->path);
	dataset_free(&s->limits);
	dataset_free(&s->beside[SAMPLE_TRAIN]);
	dataset_free(&s->beside[SAMPLE_TEST]);
	free(s->held);
	free(s->kept);
	free(s->order);
	free(s->room);
	free(s);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

/* Loads a row of chunks, unless it is there. *count: its samples. */
static int row_load(struct stream *s, size_t p, size_t row, size_t *count, struct err *err)
{
	const struct sample_pieces *pieces = inputs_of(s, p);
	const struct data_array *inputs = &s->limits.array[DATA_INPUTS];
	size_t first = row * pieces->each[0], left = pieces->dims[0] - first;
	size_t number = 1 + row + (p == SAMPLE_TEST ? s->rows : 0);
	*count = left < pieces->each[0] ? left : pieces->each[0];
	if (s->loaded == number)
		return 0;
	s->loaded = 0;
	s->row = numbers_view(&s->reader, p, SAMPLE_INPUTS, first, inputs->element, s->room, err);
	if (s->row == NULL)
		return -1;
	s->loaded = number;
	return 0;
}

static bool is_held(const struct stream *s, size_t p, size_t sample)
{
	return p == SAMPLE_TRAIN && s->held[sample];
}

/* Sample `sample` of the file, number i of the row in s->row, becomes number `at` of a set. */
static void sample_lay(const struct stream *s, size_t p, size_t sample, size_t i, const struct dataset *to, size_t at)
{
	const struct data_array *from = s->beside[p].array;
	memcpy(array_sample(&to->array[DATA_INPUTS], at), s->row + i * s->each, s->each);
	for (size_t a = DATA_TARGETS; a < DATA_ARRAYS; a++)
		if (from[a].each > 0)
			memcpy(array_sample(&to->array[a], at), array_sample(&from[a], sample), array_bytes(&from[a], 1));
}

/* The samples of a row, without those held back, from number `skip` on: as many as fit up to number `end` of a set,
 * whose first free number is *at. */
static int row_lay(struct stream *s, size_t p, size_t row, size_t skip, const struct dataset *to, size_t *at,
                   size_t end, struct err *err)
{
	size_t count, first = row * inputs_of(s, p)->each[0];
	if (row_load(s, p, row, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count && *at < end; i++) {
		if (is_held(s, p, first + i))
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		sample_lay(s, p, first + i, i, to, *at);
		((uint32_t *)to->number)[(*at)++] = (uint32_t)(first + i);
	}
	return 0;
}

static int window_read(struct stream *s, const struct request *r, struct err *err)
{
	size_t p = part_of(r->part), span = inputs_of(s, p)->each[0], skip = r->window * s->window;
	size_t end = s->count[p] - skip < s->window ? s->count[p] - skip : s->window, at = 0;
	if (p == SAMPLE_TRAIN && s->ordered != r->epoch + 1) {
		order_permute(s->plan.seed, r->epoch, s->rows, s->order);
		s->ordered = r->epoch + 1;
	}
	for (size_t row = 0; at < end; row++) {
		size_t which = p == SAMPLE_TRAIN ? s->order[row] : row;
		size_t holds = p == SAMPLE_TRAIN ? s->kept[which] : span;
		if (skip >= holds) {
			skip -= holds;
			continue;
		}
		if (row_lay(s, p, which, skip, &r->into, &at, end, err) != 0)
			return -1;
		skip = 0;
	}
	return 0;
}

/* ---- The first pass ---------------------------------------------------------------------------------------------- */

/* Those of the row in s->row that are held back go to `held`, the others together. The row is then no longer there. */
static size_t row_sort(struct stream *s, size_t row, size_t count, struct dataset *held)
{
	size_t kept = 0, first = row * stream_span(s);
	for (size_t i = 0; i < count; i++) {
		if (s->held[first + i])
			sample_lay(s, SAMPLE_TRAIN, first + i, i, held, held->count++);
		else if (kept++ < i)
			memcpy(s->row + (kept - 1) * s->each, s->row + i * s->each, s->each);
	}
	s->loaded = 0;
	return kept;
}

/* Reads a part's rows, which become a part of the digest, then its targets and weights. */
static int part_scan(struct stream *s, size_t p, struct dataset *held, enum normalize mode, struct moments *moments,
                     struct digester *digester, void (*progress)(void *context), void *context, struct err *err)
{
	const struct sample_pieces *pieces = inputs_of(s, p);
	size_t all = pieces->dims[0], rows = (all - 1) / pieces->each[0] + 1, count;
	int code = 0;
	samples_begin(digester, &s->limits, all);
	part_begin(digester, &s->limits, DATA_INPUTS, all);
	for (size_t row = 0; row < rows && code == 0; row++) {
		if (progress != NULL)
			progress(context);
		code = row_load(s, p, row, &count, err);
		if (code != 0)
			break;
		part_add(digester, &s->limits, DATA_INPUTS, s->row, count);
		if (p == SAMPLE_TRAIN)
			count = row_sort(s, row, count, held);
		if (p == SAMPLE_TRAIN && moments != NULL)
			moments_add(moments, mode, &s->plan.need.shape, s->limits.array[DATA_INPUTS].element, s->row, count);
	}
	for (size_t a = DATA_TARGETS; a < DATA_ARRAYS; a++)
		if (s->beside[p].array[a].each > 0) {
			part_begin(digester, &s->limits, a, all);
			part_add(digester, &s->limits, a, s->beside[p].array[a].bytes, all);
		}
	return code;
}

int stream_scan(struct stream *s, enum normalize mode, struct dataset *held, struct normalization *normalization,
                struct digest digest[DATA_PARTS], void (*progress)(void *context), void *context, struct err *err)
{
	size_t maps = s->plan.need.shape.maps;
	if (normalization_constant(normalization, mode, s->limits.array[DATA_INPUTS].element, err) != 0)
		return -1;
	struct moments *moments = NULL;
	if (normalize_measures(mode) && (moments = memory_zeroed(maps, sizeof *moments, err)) == NULL)
		return -1;
	held->count = 0;
	int code = 0;
	for (enum data_part part = DATA_TRAIN; part < DATA_PARTS && code == 0; part++) {
		struct digester *digester = digester_create(err);
		if (digester == NULL)
			code = -1;
		else
			code = part_scan(s, part_of(part), held, mode, moments, digester, progress, context, err);
		if (code == 0)
			digest[part] = digester_end(digester);
		digester_destroy(digester);
	}
	if (code == 0 && moments != NULL)
		moments_normalize(moments, mode, normalization);
	free(moments);
	return code;
}

int stream_targets(const struct stream *s, enum normalize mode, struct normalization *out, struct err *err)
{
	const struct dataset *beside = &s->beside[SAMPLE_TRAIN];
	const struct data_array *targets = &beside->array[DATA_TARGETS];
	struct moments *moments;
	if (targets_begin(out, mode, &moments, err) != 0)
		return -1;
	for (size_t i = 0; moments != NULL && i < beside->count; i++)
		if (!s->held[i])
			targets_add(moments, out->maps, targets, i, 1);
	targets_end(moments, out);
	return 0;
}

/* ---- Ahead of use ------------------------------------------------------------------------------------------------ */

static void *thread_run(void *context)
{
	struct stream *s = context;
	s->trouble = (struct err){0};
	window_read(s, &s->request, &s->trouble);
	return NULL;
}

int stream_ask(struct stream *s, enum data_part part, uint64_t epoch, size_t window, const struct dataset *into,
               struct err *err)
{
	struct err given_up = {0};
	sigset_t all, old;
	stream_wait(s, &given_up);
	s->request = (struct request){part, epoch, window, *into};
	sigfillset(&all); /* signals are for the threads that know what to do with them */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int code = pthread_create(&s->thread, NULL, thread_run, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	s->asked = code == 0;
	return s->asked ? 0 : err_set(err, EX_OSERR, "%s: cannot start a thread: %s", s->path, strerror(code));
}

int stream_wait(struct stream *s, struct err *err)
{
	if (!s->asked)
		return 0;
	pthread_join(s->thread, NULL);
	s->asked = false;
	return s->trouble.code == 0 ? 0 : err_set(err, s->trouble.code, "%s", s->trouble.text);
}
