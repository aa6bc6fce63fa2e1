/* Streams: windows of a file of samples, read by a thread ahead of their use. */
#include "stream.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

const struct sample_pieces *stream_inputs(const struct stream *s, size_t p)
{
	return &s->reader.index.array[p][SAMPLE_INPUTS];
}

size_t stream_all(const struct stream *s, size_t p)
{
	return stream_inputs(s, p)->rank > 0 ? stream_inputs(s, p)->dims[0] : 0;
}

const struct class_names *stream_names(const struct stream *s)
{
	return &s->limits.names;
}

size_t stream_count(const struct stream *s, enum data_part part)
{
	return s->view[part].count;
}

size_t stream_left_out(const struct stream *s, enum data_part part)
{
	size_t of = part == DATA_TRAIN ? (size_t)SAMPLE_TRAIN : SAMPLE_TEST, out = 0;
	for (size_t i = 0; i < stream_all(s, of); i++)
		out += s->fate[of][i] == FATE_LEFT_OUT;
	return out;
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
	return stream_inputs(s, SAMPLE_TRAIN)->each[0];
}

void stream_tally(const struct stream *s, size_t *count)
{
	const struct dataset *beside = &s->beside[SAMPLE_TRAIN];
	for (size_t i = 0; i < beside->count; i++)
		if (s->fate[SAMPLE_TRAIN][i] == FATE_TRAIN)
			dataset_tally(beside, i, count);
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
		s->fate[p] = memory_zeroed(stream_all(s, p), 1, err);
		if (s->fate[p] == NULL || dataset_allocate(beside, stream_all(s, p), err) != 0 ||
		    (beside->count > 0 && targets_fetch(&s->reader, p, &s->limits, beside, err) != 0))
			return -1;
	}
	return 0;
}

/* Counts the samples of a view in each row of chunks. */
static int view_open(struct stream *s, enum data_part part, size_t of, enum fate fate, struct err *err)
{
	struct stream_view *view = &s->view[part];
	size_t all = stream_all(s, of), span = stream_inputs(s, of)->each[0];
	*view = (struct stream_view){.part = of, .fate = fate};
	view->kept = memory_zeroed(all > 0 ? (all - 1) / span + 1 : 0, sizeof *view->kept, err);
	if (view->kept == NULL)
		return -1;
	for (size_t i = 0; i < all; i++)
		if (s->fate[of][i] == fate) {
			view->kept[i / span]++;
			view->count++;
		}
	return 0;
}

/* Finds the samples that numbers are missing of, which takes a pass over all inputs. */
static int missing_find(struct stream *s, size_t p, struct err *err)
{
	size_t all = stream_all(s, p), span = stream_inputs(s, p)->each[0], left = all;
	enum element element = stream_element(s);
	uint8_t *room = memory_zeroed(span, s->each, err);
	for (size_t first = 0; room != NULL && first < all; first += span) {
		if (s->plan.progress != NULL)
			s->plan.progress(s->plan.context);
		if (numbers_view(&s->reader, p, SAMPLE_INPUTS, first, element, room, err) == NULL) {
			free(room);
			return -1;
		}
	}
	free(room);
	for (size_t i = 0; room != NULL && i < all; i++)
		if (s->reader.lacks[p][i]) {
			s->fate[p][i] = FATE_LEFT_OUT;
			left--;
		}
	if (all > 0 && left == 0)
		return err_set(err, EX_DATAERR, "%s: a number is missing of each of the %zu samples: none is left",
		               s->reader.path[p], all);
	return room != NULL ? 0 : -1;
}

/* The same samples as in dataset_split. */
static int views_open(struct stream *s, struct err *err)
{
	size_t all = stream_all(s, SAMPLE_TRAIN), tests = stream_all(s, SAMPLE_TEST);
	memset(s->fate[SAMPLE_TEST], FATE_TEST, tests);
	for (size_t p = 0; p < SAMPLE_PARTS && s->plan.source.skip; p++)
		if (missing_find(s, p, err) != 0)
			return -1;
	if (split_draw(&s->plan.split, all, s->fate[SAMPLE_TRAIN], s->number, err) != 0 ||
	    split_weigh(&s->beside[SAMPLE_TRAIN].array[DATA_WEIGHTS], s->fate[SAMPLE_TRAIN], s->number, all, err) != 0)
		return -1;
	s->rows = (all - 1) / stream_span(s) + 1;
	s->order = memory_zeroed(s->rows, sizeof *s->order, err);
	if (s->order == NULL || view_open(s, DATA_TRAIN, SAMPLE_TRAIN, FATE_TRAIN, err) != 0)
		return -1;
	return view_open(s, DATA_TEST, s->plan.split.test > 0 ? (size_t)SAMPLE_TRAIN : SAMPLE_TEST, FATE_TEST, err);
}

/* S, of the memory that chunks on their way and samples held back leave for two windows. */
static int window_choose(struct stream *s, bool *fits, struct err *err)
{
	const struct sample_pieces *train = stream_inputs(s, SAMPLE_TRAIN), *test = stream_inputs(s, SAMPLE_TEST);
	enum element element = stream_element(s);
	size_t row = size_larger(train->each[0], test->each[0]) * s->each, memory = s->plan.memory;
	size_t raw = size_larger(row_bytes(&s->reader, SAMPLE_TRAIN, SAMPLE_INPUTS, element),
	                    row_bytes(&s->reader, SAMPLE_TEST, SAMPLE_INPUTS, element)); /* before conversion */
	size_t chunks = 2 * s->reader.room + raw + row, held = s->number[FATE_VALIDATION], taken = chunks + held * s->each;
	size_t least = s->plan.least > 0 ? s->plan.least : 1;
	size_t all = stream_all(s, SAMPLE_TRAIN) + stream_all(s, SAMPLE_TEST);
	*fits = all <= memory / s->each;
	if (*fits)
		return 0;
	s->window = memory > taken ? (memory - taken) / 2 / s->each : 0;
	if (s->window < least)
		return err_set(err, EX_CONFIG, "data.memory is too small for %s: %zu MiB at least (two windows of %zu images, "
		               "%zu held back, %zu bytes for chunks)", s->path,
		               ((taken + 2 * least * s->each) >> 20) + 1, least, held, chunks);
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
	    views_open(s, err) == 0 && window_choose(s, fits, err) == 0 && !*fits)
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
	for (size_t p = 0; p < SAMPLE_PARTS; p++) {
		dataset_free(&s->beside[p]);
		free(s->fate[p]);
		free(s->view[p].kept);
	}
	free(s->order);
	free(s->room);
	free(s);
}

/* ---- Reading ----------------------------------------------------------------------------------------------------- */

int row_load(struct stream *s, size_t p, size_t row, size_t *count, struct err *err)
{
	const struct sample_pieces *pieces = stream_inputs(s, p);
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

void sample_lay(const struct stream *s, size_t p, size_t sample, size_t i, const struct dataset *to, size_t at)
{
	const struct data_array *from = s->beside[p].array;
	memcpy(array_sample(&to->array[DATA_INPUTS], at), s->row + i * s->each, s->each);
	for (size_t a = DATA_TARGETS; a < DATA_ARRAYS; a++)
		if (from[a].each > 0)
			memcpy(array_sample(&to->array[a], at), array_sample(&from[a], sample), array_bytes(&from[a], 1));
}

/* The samples of a view in a row, from number `skip` on: as many as fit up to number `end` of a set, whose first free
 * number is *at. */
static int row_lay(struct stream *s, const struct stream_view *view, size_t row, size_t skip, const struct dataset *to,
                   size_t *at, size_t end, struct err *err)
{
	size_t count, first = row * stream_inputs(s, view->part)->each[0];
	if (row_load(s, view->part, row, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count && *at < end; i++) {
		if (s->fate[view->part][first + i] != view->fate)
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		sample_lay(s, view->part, first + i, i, to, *at);
		((uint32_t *)to->number)[(*at)++] = (uint32_t)(first + i);
	}
	return 0;
}

static int window_read(struct stream *s, const struct request *r, struct err *err)
{
	const struct stream_view *view = &s->view[r->part];
	bool mixed = r->part == DATA_TRAIN;
	size_t skip = r->window * s->window, at = 0;
	size_t end = view->count - skip < s->window ? view->count - skip : s->window;
	if (mixed && s->ordered != r->epoch + 1) {
		order_permute(s->plan.split.seed, r->epoch, s->rows, s->order);
		s->ordered = r->epoch + 1;
	}
	for (size_t row = 0; at < end; row++) {
		size_t which = mixed ? s->order[row] : row, holds = view->kept[which];
		if (skip >= holds) {
			skip -= holds;
			continue;
		}
		if (row_lay(s, view, which, skip, &r->into, &at, end, err) != 0)
			return -1;
		skip = 0;
	}
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
