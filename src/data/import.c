/* Import: images of any source become a file of samples, one at a time. */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Refuses options for pictures where there are none. */
static int options_check(const struct import_options *o, const char *held, struct err *err)
{
	if (o->rows == 0 && o->maps == 0 && !o->bands && !o->pages && o->test < 0 && !o->skip_bad &&
	    o->background == NULL && o->limit == 0 && !o->balance)
		return 0;
	return err_set(err, EX_USAGE, "import: --size, --grey, --colour, --bands, --pages, --background, --test, --limit, "
	               "--balance and --skip-bad are for pictures, %s holds %s", o->source, held);
}

static struct source *source_find(const struct import_options *o, const struct listing *l, struct err *err)
{
	if (o->labels != NULL)
		return folders_source(o, err);
	if (idx_holds(l))
		return options_check(o, "IDX files", err) == 0 ? idx_source(o->source, err) : NULL;
	if (cifar100_holds(l))
		return options_check(o, "CIFAR-100's files", err) == 0 ? cifar100_source(o->source, o->coarse, err) : NULL;
	if (listing_has(l, "data_batch_1.bin"))
		return options_check(o, "CIFAR-10's files", err) == 0 ? cifar10_source(o->source, err) : NULL;
	return folders_source(o, err);
}

int import_goes_on(const struct import_options *o, struct err *err)
{
	if (o->stop == NULL || !*o->stop)
		return 0;
	return err_set(err, EX_TEMPFAIL, "%s%s%s: stopped, nothing was written", o->directory, path_gap(o->directory),
	               o->name);
}

int import_bad(const struct import_options *o, const struct err *trouble, struct err *err)
{
	if (trouble->code != EX_DATAERR && trouble->code != EX_NOINPUT && trouble->code != EX_IOERR)
		return err_set(err, trouble->code, "%s", trouble->text);
	if (!o->skip_bad)
		return err_set(err, trouble->code, "%s (--skip-bad passes over it)", trouble->text);
	if (o->skipped != NULL)
		o->skipped(o->context, trouble->text);
	return 0;
}

void import_remark(const struct import_options *o, const char *format, ...)
{
	char text[512];
	va_list args;
	if (o->remark == NULL)
		return;
	va_start(args, format);
	text_vfit(text, sizeof text, format, args);
	va_end(args);
	o->remark(o->context, text);
}

/* Images that show nothing. */
struct even {
	size_t count;
	char *first; /* where the first came from, NULL: not known */
};

static int even_note(struct even *even, const struct source *source, uint8_t *image, struct err *err)
{
	const struct shape *s = &source->shape;
	if (!photo_even(&(struct photo){.maps = s->maps, .rows = s->rows, .columns = s->columns, .sample = image,
	                                .number = source->number}))
		return 0;
	if (even->count++ == 0 && source->path != NULL && (even->first = memory_text(source->path, err)) == NULL)
		return -1;
	return 0;
}

static void even_tell(const struct import_options *o, const struct even *even)
{
	if (even->count > 0)
		import_remark(o, "%zu image%s even, all pixels alike%s%s", even->count, even->count == 1 ? " is" : "s are",
		              even->first != NULL ? ", the first: " : "", even->first != NULL ? even->first : "");
}

/* One image from the source to the file. *used: whether it was good. */
static int image_move(const struct import_options *o, struct source *source, size_t part, uint8_t *image, bool *used,
                      struct sample_writer *writer, struct err *err)
{
	struct err trouble = {0};
	uint16_t label = 0;
	*used = source->next(source, part, image, &label, &trouble) == 0;
	if (*used)
		return source->values > 0 ? samples_put_values(writer, part, image, source->value, err)
		                          : samples_put(writer, part, image, label, err);
	return source->skips ? import_bad(o, &trouble, err) : err_set(err, trouble.code, "%s", trouble.text);
}

static int images_move(const struct import_options *o, struct source *source, struct sample_writer *writer,
                       struct import_result *out, struct err *err)
{
	uint8_t *image = memory_zeroed(shape_size(source->shape), photo_number_bytes(source->number), err);
	size_t all = source->count[SAMPLE_TRAIN] + source->count[SAMPLE_TEST], done = 0;
	struct even even = {0};
	int code = image != NULL ? 0 : -1;
	for (size_t p = 0; p < SAMPLE_PARTS && code == 0; p++)
		for (size_t i = 0; i < source->count[p] && code == 0; i++) {
			bool used;
			code = image_move(o, source, p, image, &used, writer, err);
			*(p == SAMPLE_TRAIN ? &out->train : &out->test) += used;
			if (o->progress != NULL)
				o->progress(o->context, ++done, all);
			if (code == 0 && used)
				code = even_note(&even, source, image, err);
			if (code == 0)
				code = import_goes_on(o, err);
		}
	if (code == 0)
		even_tell(o, &even);
	free(even.first);
	free(image);
	return code;
}

static int names_copy(const struct source *source, struct import_result *out, struct err *err)
{
	if (source->numbered)
		return 0;
	out->name = memory_zeroed(out->classes, sizeof *out->name, err);
	if (out->name == NULL)
		return -1;
	for (size_t i = 0; i < out->classes; i++)
		if ((out->name[i] = memory_text(source->name[i], err)) == NULL)
			return -1;
	return 0;
}

void import_result_free(struct import_result *result)
{
	for (size_t i = 0; result->name != NULL && i < result->classes; i++)
		free(result->name[i]);
	free(result->name);
	*result = (struct import_result){0};
}

static int images_import(const struct import_options *o, const struct listing *listing, struct import_result *out,
                         struct err *err)
{
	struct source *source = source_find(o, listing, err);
	if (source == NULL)
		return -1;
	out->shape = source->shape;
	out->task = source->values > 0 ? TASK_VALUES : TASK_CLASSES;
	out->classes = source->values > 0 ? source->values : source->classes;
	static const enum store_type types[PHOTO_NUMBERS] = {[PHOTO_U8] = STORE_U8, [PHOTO_U16] = STORE_U16,
	                                                     [PHOTO_F32] = STORE_F32};
	const struct sample_plan plan = {
		.count = {source->count[SAMPLE_TRAIN], source->count[SAMPLE_TEST]},
		.maps = source->shape.maps, .rows = source->shape.rows, .columns = source->shape.columns,
		.classes = source->classes,
		.values = source->values,
		.name = (const char *const *)source->name,
		.deflate = o->deflate,
		.background = source->background,
		.type = types[source->number],
	};
	struct sample_writer *writer = samples_create(o->directory, o->name, &plan, err);
	int code = writer != NULL && names_copy(source, out, err) == 0 ? images_move(o, source, writer, out, err) : -1;
	if (code == 0)
		code = samples_finish(writer, err);
	if (code == 0 && source->remark != NULL)
		source->remark(source);
	samples_destroy(writer);
	source->close(source);
	return code;
}

int data_import(const struct import_options *o, struct import_result *out, struct err *err)
{
	struct listing listing;
	*out = (struct import_result){0};
	int code = listing_read(&listing, o->source, err);
	if (code == 0 && o->coarse && !cifar100_holds(&listing))
		code = err_set(err, EX_USAGE, "import: --coarse is for CIFAR-100's files, which %s does not hold", o->source);
	if (code == 0 && o->labels == NULL && holds_numpy(&listing))
		code = options_check(o, "NumPy's files", err) == 0 ? arrays_import(o, &listing, out, err) : -1;
	else if (code == 0)
		code = images_import(o, &listing, out, err);
	listing_free(&listing);
	return code;
}
