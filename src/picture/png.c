/* PNG files out, by libpng's simplified interface, which never jumps out. */
#include <convoy/picture.h>

#include <png.h>

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
	err_set(err, EX_OSERR, "PNG: %s", image.message); /* nothing but memory can be missing */
	free(file);
	png_image_free(&image);
	return NULL;
}
