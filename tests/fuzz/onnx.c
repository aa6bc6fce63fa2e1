/* ONNX files: a model whose job is one, or one line of an error. */
#include <convoy/onnx.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static const struct onnx_wishes wishes = {.inputs = ELEMENT_F32};
	struct err err = {0};
	struct model *model = onnx_model(bytes, count, &wishes, "job", &err);
	if ((model != NULL) != (err.code == 0))
		__builtin_trap();
	if (model == NULL && (strchr(err.text, '\n') != NULL || text_fault(err.text) != NULL))
		__builtin_trap();
	if (model == NULL && err.code != EX_DATAERR && err.code != EX_CONFIG)
		__builtin_trap();
	if (model != NULL && model_finite(model, &err) != 0)
		__builtin_trap();
	model_destroy(model);
	return 0;
}
