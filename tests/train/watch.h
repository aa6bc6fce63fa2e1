/* A small job, what its runs leave behind, and watching one. Include after run.h. */
#ifndef TESTS_TRAIN_WATCH_H
#define TESTS_TRAIN_WATCH_H

#include "run.h"

/* 5 steps per epoch, 15 in all; the last of each epoch has 11 samples. */
#define JOB(words) \
	JOB_HEAD("data") \
	"layers:\n" \
	"  - {type: convolution, maps: 4, kernel: 5, activation: scaled-tanh}\n" \
	"  - {type: subsampling, window: 2, activation: scaled-tanh}\n" \
	"  - {type: combination, maps: 3, kernel: 3, sparsity: {penalty: entropy, lambda: 0.01, warmup: 2}, " \
	"activation: tanh}\n" \
	"  - {type: full, units: 4, activation: scaled-tanh}\n" \
	"loss: squared-error\n" \
	"train: {epochs: 3, batch: 48, " words "}\n"
#define GOOD "rate: 0.03, momentum: 0.9, nesterov: true, decay: 0.001, schedule: cosine, warmup: 0.5, seed: 2"

enum { STEPS = 5, ALL_STEPS = 15 };

/* No epoch is better than the first (the rate is 0 in float), and none but the last has a checkpoint by itself. */
#define STILL JOB("rate: 2e-38") "checkpoint: {epochs: 3, keep: 99}\n"

static inline uint8_t *file_bytes(const char *name, size_t *count)
{
	struct err err = {0};
	uint8_t *bytes;
	file_read(in_folder(folder, name), 1 << 26, &bytes, count, &err);
	assert_string_equal(err.text, "");
	return bytes;
}

static inline void assert_files_equal(const char *a, const char *b)
{
	size_t counts[2];
	uint8_t *bytes[2] = {file_bytes(a, &counts[0]), file_bytes(b, &counts[1])};
	assert_int_equal(counts[0], counts[1]);
	assert_memory_equal(bytes[0], bytes[1], counts[0]);
	free(bytes[0]);
	free(bytes[1]);
}

/* The columns of metrics.csv that may not differ: each line up to its last but one comma. */
static inline char *metrics_of(const char *name)
{
	size_t count;
	char *text = (char *)file_bytes(name, &count), *to = text;
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char *stop = end;
		for (int commas = 0; commas < 2; commas += *stop == ',')
			stop--;
		memmove(to, line, (size_t)(stop - line));
		to += stop - line;
		*to++ = '\n';
	}
	*to = 0;
	return text;
}

static inline void assert_metrics_equal(const char *a, const char *b)
{
	char *left = metrics_of(a), *right = metrics_of(b);
	assert_string_equal(left, right);
	free(left);
	free(right);
}

static inline bool there(const char *name)
{
	return access(in_folder(folder, name), F_OK) == 0;
}

/* Raises a flag behind a given step, as a signal would, and gathers what the run tells. */
struct watch {
	uint64_t step;
	volatile sig_atomic_t *flag;
	size_t notes;
	char note[4][640];
};

static inline void on_progress(void *context, const struct model *model, size_t steps)
{
	struct watch *watch = context;
	assert_int_equal(steps, STEPS);
	if (watch->flag != NULL && model->step == watch->step)
		*watch->flag = 1;
}

static inline void on_note(void *context, const char *text)
{
	struct watch *watch = context;
	assert_true(watch->notes < 4);
	snprintf(watch->note[watch->notes++], sizeof watch->note[0], "%s", text);
}

static inline struct train_listener listener_of(struct watch *watch)
{
	return (struct train_listener){.context = watch, .progress = on_progress, .note = on_note};
}

#endif
