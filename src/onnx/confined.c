/* Has an ONNX file read by a second process of this program, with few rights. Only a job's text and numbers come from
 * it, which are checked like those of other files. */
#include <convoy/onnx.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVE_WORD "serve-onnx"
enum { TASK = 2, INPUTS, PLACE, DATA, ARGUMENTS }; /* of the process: words, or "" */
enum { ANSWER_MAGIC = 0x434f4e58, SECONDS = 120, PATIENCE = 600 };

/* The job's text, the parameters, means and deviations of targets follow. */
struct answer {
	uint32_t magic;
	int code; /* code and text of an error; nothing follows then */
	char text[sizeof((struct err *)0)->text];
	uint64_t job, parameters, values, inputs; /* bytes of the text; numbers; enum element */
};

/* ---- The process ------------------------------------------------------------------------------------------------- */

bool onnx_wish_task(struct onnx_wishes *wishes, const char *word)
{
	for (enum task t = 0; t < TASKS; t++)
		if (strcmp(word, task_name(t)) == 0) {
			wishes->tasked = true;
			wishes->task = t;
			return true;
		}
	return false;
}

bool onnx_wish_inputs(struct onnx_wishes *wishes, const char *word)
{
	for (enum element e = 0; e < ELEMENTS; e++)
		if (strcmp(word, element_name(e)) == 0) {
			wishes->typed = true;
			wishes->inputs = e;
			return true;
		}
	return false;
}

/* "" is no wish. */
static struct onnx_wishes wishes_of(char **argv)
{
	struct onnx_wishes wishes = {.inputs = ELEMENT_F32, .place = argv[DATA][0] != 0 ? argv[DATA] : NULL};
	onnx_wish_task(&wishes, argv[TASK]);
	onnx_wish_inputs(&wishes, argv[INPUTS]);
	return wishes;
}

bool onnx_serve(int argc, char **argv, int *status)
{
	if (argc != ARGUMENTS || strcmp(argv[1], SERVE_WORD) != 0)
		return false;
	struct err err = {0};
	struct answer answer = {.magic = ANSWER_MAGIC};
	const struct onnx_wishes wishes = wishes_of(argv);
	uint8_t *bytes = NULL;
	size_t count;
	process_confine();
	setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS});
	struct model *model = file_read("/proc/self/fd/0", ONNX_BYTES, &bytes, &count, &err) != 0
	                          ? NULL : onnx_model(bytes, count, &wishes, argv[PLACE], &err);
	answer.code = err.code;
	memcpy(answer.text, err.text, sizeof answer.text);
	if (model != NULL) {
		answer.job = strlen(model->job->text);
		answer.parameters = model->net->parameters;
		answer.values = model->targets.maps;
		answer.inputs = model->inputs;
	}
	bool good = process_give(&answer, sizeof answer);
	if (model != NULL && good)
		good = process_give(model->job->text, answer.job) &&
		       process_give(model->w, answer.parameters * sizeof *model->w) &&
		       process_give(model->targets.mean, answer.values * sizeof *model->targets.mean) &&
		       process_give(model->targets.deviation, answer.values * sizeof *model->targets.deviation);
	*status = good ? 0 : EX_IOERR;
	return true; /* the process ends, and with it all that it has */
}

/* ---- Who starts it ----------------------------------------------------------------------------------------------- */

/* The process with the file as its input. Returns the end of a pipe with its answer, or −1. */
static int process_open(int *process, int file, const struct onnx_wishes *wishes, const char *place, struct err *err)
{
	int ends[2];
	const char *words[ARGUMENTS] = {"convoy", SERVE_WORD, wishes->tasked ? task_name(wishes->task) : "",
	                                wishes->typed ? element_name(wishes->inputs) : "", place,
	                                wishes->place != NULL ? wishes->place : ""};
	char *argv[ARGUMENTS + 1] = {NULL};
	int failed = pipe(ends) < 0 ? errno : 0;
	if (failed != 0)
		return err_set(err, EX_OSERR, "cannot make a pipe: %s", strerror(failed));
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	for (size_t i = 0; i < ARGUMENTS && err->code == 0; i++)
		argv[i] = memory_text(words[i], err);
	if (err->code == 0)
		failed = process_start(process, argv, file, ends[1]);
	for (size_t i = 0; i < ARGUMENTS; i++)
		free(argv[i]);
	close(ends[1]);
	if (failed == 0 && err->code == 0)
		return ends[0];
	close(ends[0]);
	return err_set(err, EX_OSERR, "cannot start a process to read it: %s", strerror(failed));
}

/* The model of a job's text, which must have as many numbers as the answer says. *whole: the answer was. */
static struct model *model_take(const struct answer *answer, int from, double until, const char *place, bool *whole,
                                struct err *err)
{
	char *text = answer->job <= JOB_BYTES ? memory_zeroed(answer->job + 1, 1, err) : NULL;
	*whole = text != NULL && process_take(from, until, text, answer->job);
	struct job *job = *whole ? job_parse(place, text, err) : NULL;
	struct model *model = job != NULL ? model_create(job, err) : NULL;
	free(text);
	if (model == NULL)
		return NULL;
	struct normalization *targets = &model->targets;
	for (size_t m = 0; m < model->normalization.maps; m++)
		model->normalization.deviation[m] = 1;
	model_units(model);
	model->inputs = answer->inputs;
	*whole = answer->parameters == model->net->parameters && answer->values == targets->maps &&
	         process_take(from, until, model->w, model->net->parameters * sizeof *model->w) &&
	         process_take(from, until, targets->mean, targets->maps * sizeof *targets->mean) &&
	         process_take(from, until, targets->deviation, targets->maps * sizeof *targets->deviation);
	if (*whole && model_finite(model, err) == 0 && model_inputs_check(model, err) == 0)
		return model;
	model_destroy(model);
	return NULL;
}

static int file_open(const char *path, struct err *err)
{
	struct stat state;
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return err_set(err, errno == ENOENT || errno == EACCES ? EX_NOINPUT : EX_IOERR, "%s", strerror(errno));
	if (fstat(file, &state) == 0 && S_ISREG(state.st_mode) && state.st_size <= ONNX_BYTES)
		return file;
	close(file);
	return err_set(err, EX_DATAERR, "is no regular file of at most %d bytes", ONNX_BYTES);
}

struct model *onnx_import(const char *path, const struct onnx_wishes *wishes, const char *place, struct err *err)
{
	struct answer answer = {0};
	struct model *model = NULL;
	double until = clock_seconds() + PATIENCE; /* on the slowest of disks */
	int process, file = file_open(path, err);
	int from = file >= 0 ? process_open(&process, file, wishes, place, err) : -1;
	if (from >= 0) {
		bool whole = process_take(from, until, &answer, sizeof answer) && answer.magic == ANSWER_MAGIC;
		answer.text[sizeof answer.text - 1] = 0;
		if (whole && answer.code != 0)
			err_set(err, answer.code >= EX__BASE && answer.code <= EX__MAX ? answer.code : EX_DATAERR, "%s",
			        text_fault(answer.text) == NULL ? answer.text : "cannot be read");
		else if (whole)
			model = model_take(&answer, from, until, place, &whole, err);
		close(from);
		int how = process_end(process, !whole);
		if (!whole)
			err_set(err, EX_DATAERR, "the process that reads it has ended early (status %d): the file is damaged, or "
			        "needs more than 4 GiB of memory or %d s of computing", how, SECONDS);
	}
	if (file >= 0)
		close(file);
	if (model == NULL)
		err_prefix(err, "%s", path);
	return model;
}
