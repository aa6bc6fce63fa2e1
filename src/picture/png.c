/* PNG files out, by libpng's simplified interface, which never jumps out. */
#include <convoy/picture.h>

#include <png.h>

#include <stdlib.h>

/* Sets the bytes of a pixel: red, green, blue, opacity. */
static void pixel_put(const struct colour *colour, uint8_t byte[4])
{
	const struct colour none = CANVAS_CLEAR;
	bool clear = colour->red == none.red && colour->green == none.green && colour->blue == none.blue;
	byte[0] = clear ? 0 : colour->red;
	byte[1] = clear ? 0 : colour->green;
	byte[2] = clear ? 0 : colour->blue;
	byte[3] = clear ? 0 : 255;
}

/* The file of pixels in libpng's `format`. */
static uint8_t *pixels_png(const struct canvas *canvas, png_uint_32 format, const void *pixel, size_t *count,
                           struct err *err)
{
	png_image image = {.version = PNG_IMAGE_VERSION, .format = format, .width = (png_uint_32)canvas->width,
	                   .height = (png_uint_32)canvas->height};
	png_alloc_size_t bytes = 0;
	uint8_t *file = NULL;
	if (png_image_write_to_memory(&image, NULL, &bytes, 0, pixel, 0, NULL)) {
		file = memory_zeroed(bytes, 1, err);
		if (file == NULL)
			return NULL;
		if (png_image_write_to_memory(&image, file, &bytes, 0, pixel, 0, NULL)) {
			*count = bytes;
			return file;
		}
	}
	err_set(err, EX_OSERR, "PNG: %s", image.message); /* nothing but memory can be missing */
	free(file);
	png_image_free(&image);
	return NULL;
}

uint8_t *canvas_png(const struct canvas *canvas, size_t *count, struct err *err)
{
	if (!canvas->clear)
		return pixels_png(canvas, PNG_FORMAT_RGB, canvas->pixel, count, err);
	size_t pixels = canvas->width * canvas->height;
	uint8_t *bytes = memory_zeroed(pixels, 4, err), *file = NULL;
	for (size_t i = 0; bytes != NULL && i < pixels; i++)
		pixel_put(&canvas->pixel[i], bytes + 4 * i);
	if (bytes != NULL)
		file = pixels_png(canvas, PNG_FORMAT_RGBA, bytes, count, err);
	free(bytes);
	return file;
}
