/* convoy export CKPT: a network for other programs. */
#include "app.h"

#include <convoy/onnx.h>

#include <stdio.h>
#include <stdlib.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *checkpoint, *onnx;
};

static const struct argp_option options[] = {
	{"onnx", 'o', "FILE", 0, "The ONNX file to write; an existing file is replaced", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'o':
		a->onnx = value;
		break;
	case ARGP_KEY_ARG:
		operand_take("export", "checkpoint", value, &a->checkpoint, &a->err);
		break;
	case ARGP_KEY_END:
		if (operand_check("export", "checkpoint", a->checkpoint, &a->err) == 0 && a->onnx == NULL)
			err_set(&a->err, EX_USAGE, "export: --onnx=FILE says where the network goes");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

static int network_export(const struct arguments *a, const struct model *model, struct err *err)
{
	const struct job *job = model->job;
	struct onnx onnx = {0};
	const struct shape *last = &model->net->layer[model->net->layers - 1]->out;
	char parameters[THOUSANDS], bytes[THOUSANDS], positions[64] = "";
	int code = onnx_make(model, &onnx, err);
	if (code == 0)
		code = app_write(a->onnx, onnx.bytes, onnx.count, err);
	if (code == 0) {
		if (model->net->task.positions > 1)
			snprintf(positions, sizeof positions, "[%zu][%zu]", last->rows, last->columns);
		app_print("%s: %zu nodes, %s parameters, %s bytes", a->onnx, onnx.nodes,
		          text_thousands(model->net->parameters, parameters), text_thousands(onnx.count, bytes));
		app_print("inputs  [N][%zu][%zu][%zu]  float, %s", job->input.maps, job->input.rows, job->input.columns,
		          model->inputs == ELEMENT_U8 ? "0 to 255" : "as in the training data");
		app_print("%s  [N][%zu]%s  %s", onnx_output(model), job->output.count, positions,
		          job->output.task == TASK_VALUES ? "in the units of the targets"
		                                          : loss_type(job->loss)->probabilities ? "probabilities" : "outputs");
	}
	free(onnx.bytes);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "CKPT",
		"Writes a network as an ONNX file for other runtimes. Border and normalisation are in it: "
		"it takes the numbers of data sets, any number of samples at a time, and gives scores, or "
		"values in their units.", NULL, NULL, NULL};
	struct arguments a = {0};
	struct model *model = NULL;
	int status = 0;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 ||
	    (model = checkpoint_load(a.checkpoint, NULL, &a.err)) == NULL || network_export(&a, model, &a.err) != 0)
		status = app_fail(&a.err);
	model_destroy(model);
	return status;
}

const struct command export_command = {"export", "writes a network as ONNX", run};
