/* PNG by libpng's simplified interface, which checks everything and never jumps out. */
#include "photo.h"

#include <png.h>

#include <limits.h>
#include <stdlib.h>

uint8_t *canvas_png(const struct canvas *canvas, size_t *count, struct err *err)
{
	png_image image = {.version = PNG_IMAGE_VERSION, .format = PNG_FORMAT_RGB, .width = (png_uint_32)canvas->width,
	                   .height = (png_uint_32)canvas->height};
	png_alloc_size_t bytes = 0;
	uint8_t *file = NULL;
	if (png_image_write_to_memory(&image, NULL, &bytes, 0, canvas->pixel, 0, NULL)) {
		file = memory_zeroed(bytes, 1, err);
		if (file == NULL)
			return NULL;
		if (png_image_write_to_memory(&image, file, &bytes, 0, canvas->pixel, 0, NULL)) {
			*count = bytes;
			return file;
		}
	}
	err_set(err, EX_SOFTWARE, "PNG: %s", image.message);
	free(file);
	png_image_free(&image);
	return NULL;
}

int png_decode(struct pixels *out, const char *name, const uint8_t *bytes, size_t count, struct err *err)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	if (!png_image_begin_read_from_memory(&image, bytes, count))
		return err_set(err, EX_DATAERR, "%s: no good PNG: %s", name, image.message);
	int code = pixels_size(out, name, image.width, image.height, image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1, err);
	if (code == 0) {
		image.format = out->maps == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
		if (!png_image_finish_read(&image, &(png_color){0, 0, 0}, out->sample, 0, NULL))
			code = err_set(err, EX_DATAERR, "%s: no good PNG: %s", name, image.message);
	}
	png_image_free(&image);
	return code;
}
