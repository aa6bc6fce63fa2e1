/* JPEG files for tests, by libjpeg. */
#include "picture/jpeg_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

struct jpeg_file jpeg_make(const uint8_t quarter[4], int components, size_t rows, size_t columns, const uint8_t *marker,
                           unsigned bytes, bool progressive)
{
	static const J_COLOR_SPACE space[] = {[1] = JCS_GRAYSCALE, [3] = JCS_RGB, [4] = JCS_CMYK};
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr error;
	struct jpeg_file file = {0};
	jpeg.err = jpeg_std_error(&error);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &file.byte, &file.count);
	jpeg.image_width = (JDIMENSION)columns;
	jpeg.image_height = (JDIMENSION)rows;
	jpeg.input_components = components;
	jpeg.in_color_space = space[components];
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, 100, TRUE);
	if (progressive)
		jpeg_simple_progression(&jpeg);
	jpeg_start_compress(&jpeg, TRUE);
	if (bytes > 0)
		jpeg_write_marker(&jpeg, JPEG_APP0 + 1, marker, bytes);
	size_t step = (size_t)components;
	uint8_t *row = malloc(columns * step);
	if (row == NULL)
		abort();
	for (size_t y = 0; y < rows; y++) {
		for (size_t x = 0; x < columns; x++)
			memset(row + x * step, quarter[2 * (2 * y >= rows) + (2 * x >= columns)], step);
		JSAMPROW next = row;
		jpeg_write_scanlines(&jpeg, &next, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	free(row);
	return file;
}
