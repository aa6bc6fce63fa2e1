/* convoy import-onnx NET: a network of another program becomes a job and a checkpoint. */
#include "app.h"

#include <convoy/onnx.h>

#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *network, *output, *job;
	struct onnx_wishes wishes;
	bool force;
};

enum { FORCE = 256 }; /* options without a letter */

static const struct argp_option options[] = {
	{"output", 'o', "CKPT", 0, "The checkpoint to write", 0},
	{"job", 'j', "JOB.yaml", 0, "The job file to write", 0},
	{"task", 't', "WORD", 0, "What the outputs are: classes, values or labels (default: as the file says, or classes "
	 "behind Softmax, labels behind Sigmoid, otherwise values)", 0},
	{"inputs", 'i', "TYPE", 0, "Type of the numbers in data sets: uint8, float32 … (default: as the file says, or "
	 "float32)", 0},
	{"data", 'd', "DIR", 0, "The data set that the job names", 0},
	{"force", FORCE, NULL, 0, "Replace CKPT and JOB.yaml", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'o':
		a->output = value;
		break;
	case 'j':
		a->job = value;
		break;
	case 't':
		if (!onnx_wish_task(&a->wishes, value))
			err_set(&a->err, EX_USAGE, "--task is '%s', it must be classes, values or labels", value);
		break;
	case 'i':
		if (!onnx_wish_inputs(&a->wishes, value))
			err_set(&a->err, EX_USAGE,
			        "--inputs is '%s', it must be uint8, int8, uint16, int16, float16 or float32", value);
		break;
	case 'd':
		a->wishes.place = value;
		break;
	case FORCE:
		a->force = true;
		break;
	case ARGP_KEY_ARG:
		operand_take("import-onnx", "ONNX file", value, &a->network, &a->err);
		break;
	case ARGP_KEY_END:
		if (operand_check("import-onnx", "ONNX file", a->network, &a->err) == 0 &&
		    (a->output == NULL || a->job == NULL))
			err_set(&a->err, EX_USAGE, "import-onnx: --output=CKPT and --job=JOB.yaml say where the network goes");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

static void tell(const struct arguments *a, const struct model *model)
{
	const struct job *job = model->job;
	char parameters[THOUSANDS];
	size_t layers = model->net->layers;
	app_print("%s: %zu layer%s, %s parameters", a->output, layers, app_plural(layers),
	          text_thousands(model->net->parameters, parameters));
	app_print("inputs  [N][%zu][%zu][%zu]  %s", job->input.maps, job->input.rows, job->input.columns,
	          element_name((enum element)model->inputs));
	app_print("%s  %zu, %s", task_name(job->output.task), job->output.count, loss_type(job->loss)->name);
	if (job->data.format == DATA_MEMORY)
		app_print("%s: names no data set: add data to it, or import with --data, before you train on", a->job);
}

static int network_import(const struct arguments *a, struct err *err)
{
	struct model *model = NULL;
	struct image image = {0};
	int code = -1;
	if (app_may_write(a->output, true, err) != 0 || app_may_write(a->job, false, err) != 0 ||
	    app_is_new(a->output, "output", a->force, err) != 0 || app_is_new(a->job, "job", a->force, err) != 0)
		return -1;
	model = onnx_import(a->network, &a->wishes, a->job, err);
	/* The checkpoint first: a job's text replaces no checkpoint, so not this one either. */
	if (model != NULL && checkpoint_image(model, &image, err) == 0 &&
	    app_write(a->output, image.bytes, image.count, err) == 0)
		code = app_write(a->job, model->job->text, strlen(model->job->text), err);
	if (code == 0)
		tell(a, model);
	image_destroy(&image);
	model_destroy(model);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "NET.onnx",
		"Makes a job file and a checkpoint of a network that another program has written as ONNX, such as PyTorch. "
		"convoy predict, eval and train --start-from take them.", NULL, NULL, NULL};
	struct arguments a = {.wishes = {.inputs = ELEMENT_F32}};
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || network_import(&a, &a.err) != 0)
		return app_fail(&a.err);
	return 0;
}

const struct command import_onnx_command = {"import-onnx", "makes a job and a checkpoint of an ONNX file", run};
