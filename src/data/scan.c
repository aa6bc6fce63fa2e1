/* The first pass over a stream: digests, samples held back, and the mean and deviation of the others. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

/* What a pass makes. */
struct scan {
	struct stream *stream;
	struct dataset *held;
	enum normalize mode;
	struct moments *moments; /* NULL: none are wanted */
	struct digester *digester[DATA_PARTS];
};

/* Whether a sample counts for a digest: the test set's, or that of all training samples. */
static bool counts(const struct scan *scan, size_t digest, size_t part, size_t sample)
{
	enum fate fate = scan->stream->fate[part][sample];
	return digest == DATA_TEST ? fate == FATE_TEST : part == SAMPLE_TRAIN && fate != FATE_LEFT_OUT;
}

static bool digests(const struct scan *scan, size_t digest, size_t part)
{
	return digest == DATA_TRAIN ? part == SAMPLE_TRAIN : scan->stream->view[DATA_TEST].part == part;
}

/* Adds those of `count` samples, from number `first` on, that count: as many at once as stand together. */
static void samples_add(const struct scan *scan, size_t digest, size_t part, size_t array, const uint8_t *bytes,
                        size_t first, size_t count)
{
	const struct dataset *limits = &scan->stream->limits;
	size_t each = array_bytes(&limits->array[array], 1);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i; end < count && counts(scan, digest, part, first + end);)
			end++;
		if (end > i)
			part_add(scan->digester[digest], limits, array, bytes + i * each, end - i);
		end += end == i;
	}
}

/* Those of the row in s->row that are held back go to `held`, those to train on together. The row is then no longer
 * there. */
static size_t row_sort(struct stream *s, size_t row, size_t count, struct dataset *held)
{
	size_t kept = 0, first = row * stream_span(s);
	for (size_t i = 0; i < count; i++) {
		enum fate fate = s->fate[SAMPLE_TRAIN][first + i];
		if (fate == FATE_VALIDATION)
			sample_lay(s, SAMPLE_TRAIN, first + i, i, held, held->count++);
		else if (fate == FATE_TRAIN && kept++ < i)
			memcpy(s->row + (kept - 1) * s->each, s->row + i * s->each, s->each);
	}
	s->loaded = 0;
	return kept;
}

static int row_scan(struct scan *scan, size_t part, size_t row, struct err *err)
{
	struct stream *s = scan->stream;
	size_t count;
	if (row_load(s, part, row, &count, err) != 0)
		return -1;
	for (size_t d = 0; d < DATA_PARTS; d++)
		if (digests(scan, d, part))
			samples_add(scan, d, part, DATA_INPUTS, s->row, row * stream_inputs(s, part)->each[0], count);
	if (part != SAMPLE_TRAIN)
		return 0;
	count = row_sort(s, row, count, scan->held);
	if (scan->moments != NULL)
		moments_add(scan->moments, scan->mode, &s->plan.need.shape, stream_element(s), s->row, count);
	return 0;
}

/* Reads a part's rows, which become a part of the digests, then its targets and weights. */
static int part_scan(struct scan *scan, size_t part, void (*progress)(void *context), void *context, struct err *err)
{
	struct stream *s = scan->stream;
	size_t all = stream_all(s, part), rows = all > 0 ? (all - 1) / stream_inputs(s, part)->each[0] + 1 : 0;
	size_t counted[DATA_PARTS] = {0};
	for (size_t d = 0; all > 0 && d < DATA_PARTS; d++) {
		for (size_t i = 0; i < all; i++)
			counted[d] += counts(scan, d, part, i);
		if (!digests(scan, d, part))
			continue;
		samples_begin(scan->digester[d], &s->limits, counted[d]);
		part_begin(scan->digester[d], &s->limits, DATA_INPUTS, counted[d]);
	}
	for (size_t row = 0; row < rows; row++) {
		if (progress != NULL)
			progress(context);
		if (row_scan(scan, part, row, err) != 0)
			return -1;
	}
	for (size_t a = DATA_TARGETS; all > 0 && a < DATA_ARRAYS; a++)
		for (size_t d = 0; s->beside[part].array[a].each > 0 && d < DATA_PARTS; d++)
			if (digests(scan, d, part)) {
				part_begin(scan->digester[d], &s->limits, a, counted[d]);
				samples_add(scan, d, part, a, s->beside[part].array[a].bytes, 0, all);
			}
	return 0;
}

int stream_scan(struct stream *s, enum normalize mode, struct dataset *held, struct normalization *normalization,
                struct digest digest[DATA_PARTS], void (*progress)(void *context), void *context, struct err *err)
{
	struct scan scan = {.stream = s, .held = held, .mode = mode};
	if (normalization_constant(normalization, mode, stream_element(s), err) != 0)
		return -1;
	held->count = 0;
	int code = 0;
	if (normalize_measures(mode)) {
		scan.moments = memory_zeroed(s->plan.need.shape.maps, sizeof *scan.moments, err);
		code = scan.moments != NULL ? 0 : -1;
	}
	for (size_t d = 0; d < DATA_PARTS && code == 0; d++)
		code = (scan.digester[d] = digester_create(err)) != NULL ? 0 : -1;
	for (size_t p = 0; p < SAMPLE_PARTS && code == 0; p++)
		code = part_scan(&scan, p, progress, context, err);
	for (size_t d = 0; d < DATA_PARTS; d++) {
		if (code == 0)
			digest[d] = digester_end(scan.digester[d]);
		digester_destroy(scan.digester[d]);
	}
	if (code == 0 && scan.moments != NULL)
		moments_normalize(scan.moments, mode, normalization);
	free(scan.moments);
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
		if (s->fate[SAMPLE_TRAIN][i] == FATE_TRAIN)
			targets_add(moments, out->maps, targets, i, 1);
	targets_end(moments, out);
	return 0;
}
