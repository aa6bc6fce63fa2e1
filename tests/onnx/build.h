/* ONNX files by hand: a text, a line for each thing, becomes the bytes of a file. */
#ifndef TESTS_ONNX_BUILD_H
#define TESTS_ONNX_BUILD_H

#include <stddef.h>
#include <stdint.h>

struct built {
	size_t count;
	uint8_t bytes[1 << 14];
};

/* Lines, in any order:
 *   opset 13
 *   input NAME 1 4 4          [N][1][4][4], floats; a side of 0 is open
 *   output NAME
 *   tensor NAME 2 3           floats 0.5, -1, 1.5, -2 …, raw; `floats` or `packed` in its place: in float_data
 *   zeros NAME 1              floats 0, raw
 *   whole NAME 0 -1           integers, one row of them
 *   type NAME 11 2            a tensor of that type, without numbers
 *   outer NAME 2              a tensor whose numbers are in another file
 *   node OP IN,IN > OUT name=N domain=D k:i=3 k:f=0.5 k:s=word k:l=1,2 k:g=   attributes by type
 *   meta KEY VALUE
 * Fails the test if there is no room. */
void onnx_build(const char *text, struct built *out);

#endif
