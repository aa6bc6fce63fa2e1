/* Files of NumPy, for tests. */
#ifndef TESTS_DATA_NPY_H
#define TESTS_DATA_NPY_H

#include <stdio.h>
#include <string.h>

/* Writes `count` bytes of numbers behind a header of version 1. `type` is "'<f4'" …, `order` "False". 0 or −1. */
static inline int npy_write(const char *path, const char *type, const char *order, int rank, const size_t *dims,
                            const void *bytes, size_t count)
{
	char text[256];
	int length = snprintf(text, sizeof text, "{'descr': %s, 'fortran_order': %s, 'shape': (", type, order);
	for (int i = 0; i < rank; i++)
		length += snprintf(text + length, sizeof text - (size_t)length, "%zu, ", dims[i]);
	length += snprintf(text + length, sizeof text - (size_t)length, "), }\n");
	FILE *file = fopen(path, "wb");
	if (file == NULL)
		return -1;
	size_t put = fwrite("\x93NUMPY\1", 1, 8, file);
	put += fwrite((const unsigned char[]){(unsigned char)length, (unsigned char)(length >> 8)}, 1, 2, file);
	put += fwrite(text, 1, (size_t)length, file);
	put += fwrite(bytes, 1, count, file);
	return fclose(file) == 0 && put == 10 + (size_t)length + count ? 0 : -1;
}

#endif
