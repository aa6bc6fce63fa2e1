/* A convoy without ONNX. */
#include <convoy/onnx.h>

int onnx_make(const struct model *model, struct onnx *out, struct err *err)
{
	(void)model;
	*out = (struct onnx){0};
	return err_set(err, EX_UNAVAILABLE, "this convoy was built without ONNX (it needs protobuf-c and onnx.proto)");
}

const char *onnx_output(const struct model *model)
{
	(void)model;
	return "scores";
}
