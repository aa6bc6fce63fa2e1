/* Names of a model's classes: which names count, and the check that job, data and earlier run agree on them. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 80 }; /* characters of a file's name in a message; a job's own has at most 63 bytes */

int names_of_job(struct class_names *out, const struct job *job, struct err *err)
{
	enum { NUMBER = 24 };
	size_t count = job->output.count;
	if (job->output.named > 0)
		return class_names_copy(out, count, (const char *const *)job->output.names, err);
	char (*number)[NUMBER] = memory_zeroed(count, sizeof *number, err);
	const char **name = memory_zeroed(count, sizeof *name, err);
	int code = number != NULL && name != NULL ? 0 : -1;
	for (size_t k = 0; code == 0 && k < count; k++) {
		snprintf(number[k], NUMBER, "%zu", k);
		name[k] = number[k];
	}
	if (code == 0)
		code = class_names_copy(out, count, name, err);
	free(name);
	free(number);
	return code;
}

/* The job's own names, borrowed; none where it has none. */
static struct class_names job_names(const struct job *job)
{
	return (struct class_names){job->output.named, job->output.names};
}

int names_agree(const struct class_names *names, const struct job *job, struct err *err)
{
	const struct class_names wanted = job_names(job);
	size_t k = class_names_differ(&wanted, names);
	if (k == wanted.count)
		return 0;
	return err_set(err, EX_DATAERR, "/classes calls class %zu '%.*s', the job '%s'", k,
	               (int)text_head(names->name[k], SHOWN), names->name[k], wanted.name[k]);
}

int model_names_adopt(struct model *model, const struct class_names *names, const char *place, struct err *err)
{
	struct class_names own = job_names(model->job);
	bool job = own.count > 0, earlier = !job && !class_names_are_numbers(&model->names);
	if (earlier)
		own = model->names;
	if (class_names_are_numbers(names) && !class_names_count(names, &own))
		return 0;
	size_t k;
	if (class_names_twice(names, &k))
		return err_set(err, EX_DATAERR, "%s: class %zu is called '%.*s', as another class is", place, k,
		               (int)text_head(names->name[k], SHOWN), names->name[k]);
	k = class_names_differ(&own, names);
	if (k < own.count && k < names->count) {
		err_set(err, EX_DATAERR, "class %zu is '%.*s' in %s, '%.*s' in %s%s", k,
		        (int)text_head(own.name[k], SHOWN), own.name[k], job ? "the job file" : "the checkpoint",
		        (int)text_head(names->name[k], SHOWN), names->name[k], place,
		        job ? ": leave output.names out, and the data's names count" : "");
		return job ? job_place_class(model->job, k, err) : -1;
	}
	if (job || earlier)
		return 0;
	struct class_names old = model->names;
	const char **name = memory_zeroed(old.count, sizeof *name, err);
	for (k = 0; name != NULL && k < old.count; k++)
		name[k] = k < names->count ? names->name[k] : old.name[k];
	int code = name != NULL ? class_names_copy(&model->names, old.count, name, err) : -1;
	if (code == 0)
		class_names_free(&old);
	free(name);
	return code;
}

int model_names_continue(struct model *model, const struct job *job, struct err *err)
{
	struct class_names wanted = job_names(job);
	size_t k = class_names_differ(&wanted, &model->names);
	if (wanted.count == 0)
		return 0;
	if (k < wanted.count && !class_names_are_numbers(&model->names)) {
		err_set(err, EX_CONFIG, "class %zu is '%s', in the checkpoint '%.*s'", k, wanted.name[k],
		        (int)text_head(model->names.name[k], SHOWN), model->names.name[k]);
		return job_place_class(job, k, err);
	}
	class_names_free(&model->names);
	return names_of_job(&model->names, job, err);
}
