/* onnx: writes a network as an ONNX file for other runtimes, and reads one. The only room that knows protobuf-c, which
 * writes; reading needs no library. Floor 6: knows model and what lies below it. All functions are local. */
#ifndef CONVOY_ONNX_H
#define CONVOY_ONNX_H

#include <convoy/model.h>

/* What was made of a network. */
struct onnx {
	uint8_t *bytes; /* the file's; to free with free() */
	size_t count, nodes;
};

/* Makes an ONNX model of opset 13 of the network with the parameters that it is evaluated with. Input `inputs`
 * [N][maps][rows][columns], float: the numbers as they are in a data set, whatever their type; border and normalisation
 * are in the model. Its output has the name of onnx_output: what predictor_run gives, [N][K], or [N][K][rows][columns]
 * where each position has an answer; values are in the units of the targets. Equal models give equal bytes. EX_DATAERR
 * where the parameters do not fit the 2 GiB of a protobuf message, or float32 cannot hold the normalisation of targets;
 * EX_UNAVAILABLE if convoy was built without ONNX. */
int onnx_make(const struct model *model, struct onnx *out, struct err *err);

/* Returns the name of the model's output: "values", or "scores" of classes and labels. */
const char *onnx_output(const struct model *model);

/* ---- Import ------------------------------------------------------------------------------------------------------ */

enum { ONNX_BYTES = INT32_MAX }; /* the largest file */

/* What the user says of a file. */
struct onnx_wishes {
	bool tasked;         /* the task is given; otherwise the file's metadata say it, or its last operator */
	enum task task;
	bool typed;          /* the type of the inputs is given; otherwise the metadata say it, or it is `inputs` too */
	enum element inputs;
	const char *place;   /* where data to train on are, NULL: the job does not say */
};

/* Takes the word of a task, or of a type of inputs. Returns false if there is none of that name. Local. */
bool onnx_wish_task(struct onnx_wishes *wishes, const char *word);
bool onnx_wish_inputs(struct onnx_wishes *wishes, const char *word);

/* Makes a model of the bytes of an ONNX file: a job of the layers that its nodes stand for, with the file's tensors as
 * parameters. `place` names the job in messages. A file of onnx_make gives a model that predicts the same bytes; its
 * layers may be of other types, and have no dropout. EX_DATAERR names a node that convoy has no layer for, and what is
 * malformed; EX_CONFIG comes from the job. NULL on failure. Free with model_destroy. */
struct model *onnx_model(const uint8_t *bytes, size_t count, const struct onnx_wishes *wishes, const char *place,
                         struct err *err);

/* Does the same with a file, which a second process of this program reads, with few rights, 4 GiB of memory and 120 s
 * of computing. The program must call onnx_serve first. Errors begin with `path`, EX_NOINPUT, EX_IOERR and EX_OSERR
 * too. */
struct model *onnx_import(const char *path, const struct onnx_wishes *wishes, const char *place, struct err *err);

/* Does the work of that process and returns true, if onnx_import has started this one. The program must then end with
 * *status. */
bool onnx_serve(int argc, char **argv, int *status);

#endif
