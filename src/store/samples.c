/* Writing a file of samples: images and labels of two parts, row by row. */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_names[SAMPLE_PARTS] = {[SAMPLE_TRAIN] = "train", [SAMPLE_TEST] = "test"};

struct sample_writer {
	struct row_writer *rows; /* its arrays: the images of both parts, then the labels */
	size_t each;                   /* bytes of a label, two where there are more than 256 classes; or of all values */
	void *label[SAMPLE_PARTS];     /* uint8_t or uint16_t; or float [values] each */
	struct sample_plan plan; /* its names are the caller's until samples_create ends */
};

static int part_open(struct sample_writer *w, size_t p, struct err *err)
{
	const struct sample_plan *plan = &w->plan;
	size_t planned = plan->count[p];
	char path[32];
	if (planned == 0 || planned > UINT32_MAX)
		return err_set(err, EX_DATAERR, "%s: %zu %s images, there must be 1 to %u", rows_name(w->rows), planned,
		               part_names[p], UINT32_MAX);
	if ((w->label[p] = memory_zeroed(planned, w->each, err)) == NULL)
		return -1;
	snprintf(path, sizeof path, "/%s", part_names[p]);
	if (rows_group(w->rows, path, err) != 0)
		return -1;
	snprintf(path, sizeof path, "/%s/images", part_names[p]);
	const struct store_array images = {.path = path, .type = plan->type, .rank = 4,
	                                   .dims = {planned, plan->maps, plan->rows, plan->columns}};
	return rows_add(w->rows, &images, err);
}

struct sample_writer *samples_create(const char *directory, const char *name, const struct sample_plan *plan,
                                     struct err *err)
{
	size_t each;
	bool fits = size_multiply(plan->maps, plan->rows, &each) && size_multiply(each, plan->columns, &each) &&
	            size_multiply(each, store_type_bytes(plan->type), &each);
	if (!fits || each == 0 || each > PIECE_BYTES || (plan->classes == 0 && plan->values == 0)) {
		err_set(err, EX_DATAERR, "%s%s%s: images of %zu×%zu×%zu in %zu classes: 1 to %d bytes, 1 class or more",
		        directory, path_gap(directory), name, plan->maps, plan->rows, plan->columns, plan->classes,
		        PIECE_BYTES);
		return NULL;
	}
	struct sample_writer *w = memory_zeroed(1, sizeof *w, err);
	if (w == NULL)
		return NULL;
	w->plan = *plan;
	w->each = plan->classes == 0 ? plan->values * sizeof(float) : plan->classes > 256 ? 2 : 1;
	if ((w->rows = rows_create(directory, name, plan->deflate, err)) == NULL)
		goto fail;
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		if (part_open(w, p, err) != 0)
			goto fail;
	if ((plan->classes == 0 || rows_names(w->rows, "/classes", plan->classes, plan->name, err) == 0) &&
	    (plan->background == NULL ||
	     rows_attribute(w->rows, ROWS_ROOT, "background", 0, &plan->background, err) == 0))
		return w;
fail:
	samples_destroy(w);
	return NULL;
}

int samples_put(struct sample_writer *w, size_t p, const void *image, uint16_t label, struct err *err)
{
	size_t count = rows_count(w->rows, p);
	if (count < w->plan.count[p] && w->each == sizeof label)
		((uint16_t *)w->label[p])[count] = label;
	else if (count < w->plan.count[p])
		((uint8_t *)w->label[p])[count] = (uint8_t)label;
	return rows_put(w->rows, p, 1, image, err);
}

int samples_put_values(struct sample_writer *w, size_t p, const void *image, const float *value, struct err *err)
{
	size_t count = rows_count(w->rows, p);
	if (count < w->plan.count[p])
		memcpy((float *)w->label[p] + count * w->plan.values, value, w->each);
	return rows_put(w->rows, p, 1, image, err);
}

static int labels_finish(struct sample_writer *w, size_t p, struct err *err)
{
	size_t count = rows_count(w->rows, p);
	char path[32];
	if (count == 0)
		return err_set(err, EX_DATAERR, "%s: no %s image", rows_name(w->rows), part_names[p]);
	bool values = w->plan.classes == 0;
	snprintf(path, sizeof path, values ? "/%s/targets" : "/%s/labels", part_names[p]);
	const struct store_array labels = {.path = path, .type = values ? STORE_F32 : w->each == 2 ? STORE_U16 : STORE_U8,
	                                   .rank = values ? 2 : 1, .dims = {count, w->plan.values}};
	if (rows_end(w->rows, p, err) != 0 || rows_add(w->rows, &labels, err) != 0)
		return -1;
	return rows_put(w->rows, SAMPLE_PARTS + p, count, w->label[p], err) != 0 ? -1
	                                                                         : rows_end(w->rows, SAMPLE_PARTS + p, err);
}

int samples_finish(struct sample_writer *w, struct err *err)
{
	int status = 0;
	for (size_t p = 0; p < SAMPLE_PARTS && status == 0; p++)
		status = labels_finish(w, p, err);
	return rows_finish(w->rows, status, err);
}

void samples_destroy(struct sample_writer *w)
{
	if (w == NULL)
		return;
	rows_destroy(w->rows);
	for (size_t p = 0; p < SAMPLE_PARTS; p++)
		free(w->label[p]);
	free(w);
}
