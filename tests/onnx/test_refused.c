/* ONNX files that are refused, each with the line that says why; damaged files, which are refused or read as networks. */
#include "onnx/build.h"
#include "onnx/networks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct onnx_wishes none = {.inputs = ELEMENT_F32};

/* A file of one input [N][1][4][4]. */
#define HEAD "opset 13\ninput x 1 4 4\noutput y\n"
#define KERNELS "tensor w 2 1 3 3\n"
#define CONV(more) HEAD KERNELS "node Conv x,w > y name=c " more "\n"
#define LINE "opset 13\ninput x 1 4\noutput y\n" /* [N][1][4] */
#define FLAT HEAD "node Flatten x > r\n"

static const struct {
	const char *text, *error;
} files[] = {
	/* Nodes */
	{HEAD "node Erf x > y name=e\n", "node 'e' (Erf): convoy has no layer for this operator"},
	{HEAD "node Loop x > y body:g=x\n", "node 'y' (Loop): convoy has no layer"},
	{CONV("domain=com.example"), "node 'c' (Conv): is an operator of com.example"},
	{CONV("strides:g=x"), "node 'c' (Conv): attribute 'strides' is a graph"},
	{CONV("strides:l=1,1,1"), "strides has 3 numbers"},
	{CONV("strides:l=0,1"), "strides has 0; convoy takes 1"},
	{CONV("strides:l=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"), "attribute 'strides' has more than 16 numbers"},
	{HEAD "node Relu z > y\n", "node 'y' (Relu): reads 'z', which no earlier node gives"},
	{HEAD "node Relu b > y\nnode Relu x > b\n", "reads 'b', which no earlier node gives"},
	{HEAD "node Dropout x > a,b\nnode Relu b > y\n", "reads 'b', which no earlier node gives as its first output"},
	{HEAD KERNELS "node Relu w > y\n", "input 'w' is a constant"},
	{HEAD "node Conv x > y\n", "node 'y' (Conv): lacks input 2"},
	{HEAD "node Conv x,x > y\n", "input 'x' must be a constant of the file"},

	/* The graph */
	{"input x 1 4 4\noutput y\nnode Relu x > y\n", "opset 0; convoy takes 9 … 21"},
	{"opset 99\ninput x 1 4 4\noutput y\nnode Relu x > y\n", "opset 99; convoy takes"},
	{HEAD "input z 1 4 4\nnode Add x,z > y\n", "the graph has inputs 'x' and 'z'"},
	{HEAD "output z\nnode Relu x > y\n", "the graph has 2 outputs"},
	{"opset 13\noutput y\nnode Relu x > y\n", "the graph has no input"},
	{"opset 13\ninput x 1 0 4\noutput y\nnode Relu x > y\n", "input 'x': dimension 2 is no number of 1 … 65536"},
	{"opset 13\ninput x 1 -3 4\noutput y\nnode Relu x > y\n", "input 'x': dimension 2 is no number"},
	{"opset 13\ninput x 1 4 4 4\noutput y\nnode Relu x > y\n", "input 'x' has 5 dimensions"},
	{"opset 13\ninput x 1 1 1 1 1 1 1 1 1\noutput y\nnode Relu x > y\n", "'x' has more than 8 dimensions"},
	{"opset 13\ninput x 1 4 4\noutput z\nnode Relu x > y\n", "output 'z' is given by no node"},
	{HEAD "node Relu x > y\nnode Relu x > y\n", "two values are called 'y'"},
	{HEAD KERNELS KERNELS "node Conv x,w > y\n", "two values are called 'w'"},
	{HEAD "node Identity x > y\n", "the graph has no layers"},
	{HEAD KERNELS "node Identity w > y\n", "input 'w' is a constant"},
	{HEAD "node Relu x > y name=a\x01\n", "a name holds a control character"},
	{HEAD "node Relu x > y name=a\xff\n", "a name is not UTF-8"},

	/* Tensors */
	{HEAD "type w 11 2 1 3 3\nnode Conv x,w > y\n", "tensor 'w' has numbers of type double, not float"},
	{HEAD "type w 77 2 1 3 3\nnode Conv x,w > y\n", "tensor 'w' has numbers of type of another type, not float"},
	{HEAD "type w 1 2 1 3 3\nnode Conv x,w > y\n", "tensor 'w' has 0 numbers, its sides say 18"},
	{HEAD "outer w 2 1 3 3\nnode Conv x,w > y\n", "tensor 'w' has its numbers in another file"},
	{HEAD "type w 1 -1 1 3 3\nnode Conv x,w > y\n", "tensor 'w' has a side of 18446744073709551615"},
	{HEAD "type w 1 4294967295 4294967295\nnode Conv x,w > y\n", "tensor 'w' has more than 4294967295 numbers"},
	{HEAD "type w 1 1 1 1 1 1 1 1 1 1\nnode Conv x,w > y\n", "tensor 'w' has more than 8 dimensions"},
	{HEAD "type w 1 65536 1 3 3\nnode Conv x,w > y\n", "tensor 'w' has 0 numbers, its sides say 589824"},

	/* Windows */
	{CONV("auto_pad:s=SAME_LOWER"), "auto_pad SAME_LOWER"},
	{CONV("auto_pad:s=\xff"), "attribute 'auto_pad' is no text"},
	{CONV("pads:l=0,0,1,0"), "node 'c' (Conv): pads [0, 0, 1, 0]"},
	{CONV("strides:l=2000,1"), "a window, step or dilation of more than 1024"},
	{CONV("dilations:l=2,2"), "its window of 5×5 is larger than its 4×4 input"},
	{HEAD "node MaxPool x > y kernel_shape:l=2,2 dilations:l=2,2\n", "convoy's windows have no holes"},
	{CONV("pads:l=3,3,3,3"), "pads as long as the window"},
	{CONV("pads:l=-1,0,0,0"), "pads has -1; convoy takes 0"},
	{CONV("group:i=3"), "kernels 'w' [2][1][3][3] in 3 groups do not fit 1 maps"},
	{CONV("group:i=-1"), "do not fit 1 maps"},
	{HEAD "tensor w 2 1 5 5\nnode Conv x,w > y\n", "its window of 5×5 is larger than its 4×4 input"},
	{HEAD "tensor w 2 1 3\nnode Conv x,w > y\n", "kernels 'w' have 3 dimensions"},
	{LINE KERNELS "node Conv x,w > y\n", "kernels 'w' have 4 dimensions; those of [N][maps][columns] have 3"},
	{LINE "tensor w 2 1 3\nnode Conv x,w > y strides:l=1,1\n", "strides has 2 numbers, not the 1 of windows on such maps"},
	{LINE "tensor w 2 1 3\nnode Conv x,w > y pads:l=0,1\n", "pads [0, 0, 0, 1]"},
	{LINE "node MaxPool x > y kernel_shape:l=2,2\n", "kernel_shape has 2 numbers"},
	{LINE "node MaxPool x > y kernel_shape:l=3 strides:l=2 pads:l=1,1 ceil_mode:i=1\n", "pads [0, 1, 0, 1]"},
	{LINE "node ReduceMean x > y axes:l=2,3\n", "over rows and columns, axes [2]"},
	{LINE "whole p 0 0 1 0 0 1\nnode Pad x,p > y\n", "convoy pads the input alone"},
	{LINE "whole a 2 3\nnode Unsqueeze x,a > y\n", "convoy can drop or add rows"},
	{LINE "whole t 2\nnode Unsqueeze x,t > a\nnode Add x,a > y\n", "convoy adds equal shapes"},
	{LINE "whole t 2\nnode Unsqueeze x,t > a\nnode Concat x,a > y axis:i=1\n", "joins 'a'"},
	{LINE "tensor s 4\nnode Resize x,-,s > y coordinate_transformation_mode:s=asymmetric nearest_mode:s=floor\n",
	 "tensor 's' has 4 numbers, not 3"},
	{HEAD "tensor w 2 1 0 3\nnode Conv x,w > y\n", "do not fit 1 maps"},
	{HEAD KERNELS "tensor b 3\nnode Conv x,w,b > y\n", "tensor 'b' has 3 numbers, not 2"},
	{FLAT KERNELS "node Conv r,w > y\n", "its input 'r' has two dimensions"},
	{HEAD "node MaxPool x > y\n", "lacks kernel_shape"},
	{HEAD "node MaxPool x > y kernel_shape:l=3,3 strides:l=2,2\n", "leave out the edge of a 4×4 input"},
	{HEAD "node MaxPool x > y kernel_shape:l=2,2 pads:l=1,0,0,0\n", "pads [1, 0, 0, 0]"},
	{"opset 13\ninput x 1 6 6\noutput y\nnode MaxPool x > y kernel_shape:l=3,3 strides:l=3,3 pads:l=1,1,1,1\n",
	 "with half a window of padding leave out the edge of a 6×6 input"},
	{HEAD "node AveragePool x > y kernel_shape:l=3,3 pads:l=1,1,1,1 count_include_pad:i=1\n", "count_include_pad"},
	{HEAD "node ReduceMean x > y axes:l=1\n", "axes [2, 3]"},
	{HEAD "node ReduceMean x > y\n", "axes [2, 3]"},
	{HEAD "whole a 1 2\nnode ReduceMean x,a > y\n", "axes [2, 3]"},
	{HEAD "whole a -5 6\nnode ReduceMean x,a > y\n", "axes [2, 3]"},
	{HEAD "tensor s 4\nnode Resize x,-,s > y mode:s=linear\n", "mode is linear; convoy repeats numbers: nearest"},
	{HEAD "tensor s 4\nnode Resize x,-,s > y\n", "coordinate_transformation_mode is half_pixel"},
	{HEAD "whole z 1 1 6 8\nnode Resize x,-,-,z > y coordinate_transformation_mode:s=asymmetric nearest_mode:s=floor\n",
	 "scales by 1.5"},
	{HEAD "whole z 1 2 8 8\nnode Resize x,-,-,z > y coordinate_transformation_mode:s=asymmetric nearest_mode:s=floor\n",
	 "and maps once"},

	/* Products and sums */
	{HEAD "tensor w 3 16\nnode Gemm x,w > y transB:i=1\n", "its input 'x' has rows and columns"},
	{FLAT "tensor w 3 15\nnode Gemm r,w > y transB:i=1\n", "weights 'w' of 2 dimensions do not fit 16 inputs"},
	{FLAT "tensor w 3 16\nnode Gemm r,w > y\n", "do not fit 16 inputs"},
	{FLAT "tensor w 16 3\nnode Gemm r,w > y transA:i=1\n", "transA"},
	{FLAT "tensor w 16 3\ntensor b 2\nnode Gemm r,w,b > y\n", "tensor 'b' has 2 numbers, not 3"},
	{FLAT "tensor w 16 3\nnode MatMul w,r > y\n", "input 'w' is a constant"},
	{HEAD "tensor a 1\ntensor v 1\nnode BatchNormalization x,a,a,a,v > y training_mode:i=1\n", "is in training mode"},
	{HEAD "tensor a 2\nnode BatchNormalization x,a,a,a,a > y\n", "tensor 'a' has 2 numbers, not 1"},
	{FLAT "tensor a 16\nnode BatchNormalization r,a,a,a,a > y\n", "normalises each number of flattened maps"},
	{CONV("") "tensor a 2\nnode BatchNormalization y,a,a,a,a > z\noutput z\n", "the graph has 2 outputs"},
	{HEAD KERNELS "tensor a 2\nnode Conv x,w > c\nnode BatchNormalization c,a,a,a,a > y\n", "variance 1 is -1, below 0"},
	{HEAD KERNELS "node Conv x,w > c\nnode Add c,x > y\n", "adds maps of 2×2×2 and 1×4×4"},
	{HEAD KERNELS "node Conv x,w > c\nnode Mul c,c > y\n", "combines two values that the network computes"},
	{HEAD KERNELS "tensor a 2\nnode Conv x,w > c\nnode Mul c,a > y\n", "constant 'a' of 2 numbers"},
	{HEAD KERNELS "tensor a 3 1 1\nnode Conv x,w > c\nnode Mul c,a > y\n", "constant 'a' of 3 numbers"},
	{HEAD "tensor a 1\nnode Div a,x > y\n", "divides a constant by values"},
	{HEAD KERNELS "node Conv x,w > c\nnode Concat c,x > y axis:i=1\n", "joins 'x' of 4×4 with others of 2×2"},
	{HEAD "node Concat x,x > y axis:i=2\n", "axis 2: convoy joins maps"},
	{FLAT "node Concat r,r > y axis:i=1\n", "joins 'r' of 4×4, flattened,"},

	/* Shapes and the end */
	{HEAD "node Flatten x > y axis:i=2\n", "axis 2: convoy flattens each sample"},
	{HEAD "whole s 0 4 4\nnode Reshape x,s > y\n", "gives each sample another shape"},
	{HEAD "whole s 0 15\nnode Reshape x,s > y\n", "gives each sample another shape; convoy flattens it to 16 numbers"},
	{HEAD "whole s -1 -1\nnode Reshape x,s > y\n", "gives each sample another shape"},
	{HEAD "tensor s 2\nnode Reshape x,s > y\n", "tensor 's' has numbers of type float, not int64"},
	{HEAD "node Shape x > s\nwhole i 7\nnode Gather s,i > g\nnode Reshape x,g > y\n", "'g' (Gather): takes number 7 of 4"},
	{HEAD "node Shape x > s\nnode Mul s,s > m\nnode Reshape x,m > y\n", "computes with the number of samples"},
	{HEAD "node Shape x > s\nwhole z 0\nnode Div s,z > m\nnode Reshape x,m > y\n", "or out of range"},
	{HEAD "node Shape x > s\nwhole z 1 2\nnode Add s,z > m\nnode Reshape x,m > y\n", "combines 4 whole numbers with 2"},
	{HEAD "node Shape x > s\nnode Relu s > y\n", "input 's' is a constant, or computed of shapes"},
	{HEAD "node Shape x > s\nnode Concat s,s,s,s,s > m\nnode Reshape x,m > y\n", "gives more than 16 whole numbers"},
	{HEAD "node Shape x > s\nnode Squeeze s > m\nnode Reshape x,m > y\n", "convoy takes one number there"},
	{HEAD "node Shape x > s\nwhole z 3\nnode Reshape s,z > m\nnode Reshape x,m > y\n", "the shapes [-1] and [-1, columns]"},
	{HEAD "whole a 0 4294967312\nnode Cast a > m to:i=6\nnode Reshape x,m > y\n", "makes 4294967312 a number of 32 bits"},
	{HEAD "node Shape x > s\nnode Cast s > m to:i=1\nnode Reshape x,m > y\n", "makes other numbers of whole numbers"},
	{HEAD "node Shape x > s\nwhole z 0\nwhole o 1\nnode Slice s,o,z,o > m\nnode Reshape x,m > y\n", "along axis 0"},
	{HEAD "node Shape x > s\nwhole z 0\nnode Gather s,z > n\nnode Slice s,z,n > m\nnode Reshape x,m > y\n",
	 "ends is the number of samples, which is open"},
	{HEAD "node Shape x > s\nnode Reshape x,s > a\nwhole i 1\nnode Gather s,i > g\nnode Concat g,g,g,g > m\n"
	 "node Reshape a,m > y\n", "gives each sample another shape"}, /* one map, not the samples, comes first */
	{HEAD "node Squeeze x > y\n", "rows and columns, of 1 alone"},
	{HEAD "whole p 0 0 1 0 0 0 1 0\nnode Pad x,p > y\n", "convoy pads the input alone"},
	{HEAD "whole p 0 0 1 1 0 0 1 1\nnode Pad x,p > y mode:s=reflect\n", "mode is reflect; convoy pads with zeros"},
	{HEAD "whole p 0 0 1 1 0 0 1 1\ntensor v 1\nnode Pad x,p,v > y\n", "convoy pads the input alone"},
	{HEAD "node Pad x > y pads:l=0,0,1,1,0,0,1,1 value:f=1\n", "convoy pads the input alone"},
	{HEAD "node Dropout x > y ratio:f=1\n", "drops a share of 1"},
	{HEAD "node Softmax x > s axis:i=1\nnode Relu s > y\n", "convoy has it at the end alone"},
	{FLAT KERNELS "node Conv x,w > c\nnode Flatten c > y\n", "output 'y' is a flattened map of 2×2×2"},
	{HEAD KERNELS "node Conv x,w > c\nnode Softmax c > y axis:i=2\n", "Softmax over axis 2"},
	{HEAD "meta values a\nnode Softmax x > y axis:i=1\n", "is the output: a network of classes, not of values"},
	{HEAD "node Relu x > a\nnode Softmax a > y axis:i=1\n", "output.classes"}, /* of one map */
};

static void says_what_is_wrong(void **state)
{
	(void)state;
	static struct built file;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct err err = {0};
		onnx_build(files[i].text, &file);
		struct model *model = onnx_model(file.bytes, file.count, &none, "job", &err);
		if (model != NULL || strstr(err.text, files[i].error) == NULL)
			fail_msg("%s\n'%s', not '%s'", files[i].text, model != NULL ? "taken" : err.text, files[i].error);
		if (err.code != EX_DATAERR && err.code != EX_CONFIG)
			fail_msg("%s: code %d", err.text, err.code);
	}
}

/* Either a model, or one line of an error. */
static void is_read_or_refused(const uint8_t *bytes, size_t count)
{
	struct err err = {0};
	uint8_t *own = malloc(count > 0 ? count : 1); /* of its own length: a sanitizer sees what is read beyond */
	assert_non_null(own);
	memcpy(own, bytes, count);
	struct model *model = onnx_model(own, count, &none, "job", &err);
	assert_true((model != NULL) == (err.code == 0));
	if (model == NULL && (text_fault(err.text) != NULL || (err.code != EX_DATAERR && err.code != EX_CONFIG)))
		fail_msg("%d: %s", err.code, err.text);
	model_destroy(model);
	free(own);
}

static void reads_or_refuses_damaged_files(void **state)
{
	(void)state;
	struct err err = {0};
	struct onnx onnx;
	struct model *model = model_made(3); /* branches */
	assert_int_equal(onnx_make(model, &onnx, &err), 0);
	model_destroy(model);
	for (size_t count = 0; count < onnx.count; count += 1 + count / 100)
		is_read_or_refused(onnx.bytes, count);
	for (size_t i = 0; i < onnx.count; i++) {
		uint8_t byte = onnx.bytes[i], flip = (uint8_t)(1u << random_below(1, RANDOM_CHECK, 0, i, 8));
		onnx.bytes[i] = i % 3 == 0 ? 0xff : byte ^ flip;
		is_read_or_refused(onnx.bytes, onnx.count);
		onnx.bytes[i] = byte;
	}
	free(onnx.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(reads_or_refuses_damaged_files),
	};
	return cmocka_run_group_tests_name("refused", tests, NULL, NULL);
}
