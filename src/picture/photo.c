/* Pictures from files become bytes as they are in a data set. */
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	size_t bytes;
	const char *name;
} numbers[PHOTO_NUMBERS] = {[PHOTO_U8] = {1, "uint8"}, [PHOTO_U16] = {2, "uint16"}, [PHOTO_F32] = {4, "float32"}};

size_t photo_number_bytes(enum photo_number number)
{
	return numbers[number].bytes;
}

const char *photo_number_name(enum photo_number number)
{
	return numbers[number].name;
}

int photo_size(const struct photo_reader *reader, const struct photo_form *form, struct err *err)
{
	bool bands = reader->maps == PHOTO_BANDS;
	size_t columns = form->columns, rows = form->rows, maps = bands ? form->bands : reader->maps;
	enum photo_number number = bands ? form->number : PHOTO_U8;
	size_t bytes = photo_number_bytes(number);
	if (columns == 0 || rows == 0 || columns > PHOTO_PIXELS / rows)
		return err_set(err, EX_DATAERR, "%s: %zu×%zu pixels: 1 to %d are read", reader->name, columns, rows,
		               PHOTO_PIXELS);
	if (maps == 0 || maps > PHOTO_BYTES / bytes / (rows * columns))
		return err_set(err, EX_DATAERR, "%s: %zu×%zu pixels of %zu bands, %s: at most %d bytes are read", reader->name,
		               columns, rows, maps, photo_number_name(number), PHOTO_BYTES);
	*reader->out = (struct photo){.maps = maps, .rows = rows, .columns = columns, .number = number};
	reader->out->sample =
		reader->room != NULL ? reader->room : memory_zeroed(rows * columns * maps, bytes, err);
	return reader->out->sample != NULL ? 0 : -1;
}

/* A sample over the background's, in 8 bits: (α v + (1 − α) background), rounded once; α v is `value` itself if it was
 * multiplied before. */
static uint8_t mixed(const struct pixel *pixel, uint64_t value, uint8_t background)
{
	uint64_t alpha = pixel->alpha, most = pixel->most, share = alpha;
	if (alpha == most)
		return (uint8_t)((value * 255 + most / 2) / most);
	if (pixel->multiplied) {
		share = most;
		value = value < alpha ? value : alpha;
	}
	return (uint8_t)((value * share * 255 + (most - alpha) * most * background + most * most / 2) / (most * most));
}

static void band_put(const struct photo *out, size_t m, size_t at, uint32_t value)
{
	size_t i = m * out->rows * out->columns + at;
	uint16_t wide = (uint16_t)value;
	if (out->number == PHOTO_U8)
		out->sample[i] = (uint8_t)value;
	else
		memcpy(out->sample + i * sizeof wide, &wide, sizeof wide);
}

void photo_put(const struct photo_reader *reader, size_t at, const struct pixel *pixel)
{
	struct photo *out = reader->out;
	if (reader->maps == PHOTO_BANDS) {
		size_t colours = out->maps >= 3 ? 3 : 1;
		for (size_t m = 0; m < out->maps; m++)
			band_put(out, m, at, m < colours ? pixel->colour[m] : pixel->alpha);
		return;
	}
	uint8_t red = mixed(pixel, pixel->colour[0], reader->background.red);
	uint8_t green = mixed(pixel, pixel->colour[1], reader->background.green);
	uint8_t blue = mixed(pixel, pixel->colour[2], reader->background.blue);
	size_t size = out->rows * out->columns;
	out->transparent = out->transparent || pixel->alpha < pixel->most;
	if (out->maps == 1) {
		out->sample[at] = photo_luma(red, green, blue);
		return;
	}
	out->sample[at] = red;
	out->sample[size + at] = green;
	out->sample[2 * size + at] = blue;
}

static bool is_png(const uint8_t *bytes, size_t count)
{
	static const uint8_t png[] = {0x89, 'P', 'N', 'G'};
	return count > sizeof png && memcmp(bytes, png, sizeof png) == 0;
}

static bool is_pnm(const uint8_t *bytes, size_t count)
{
	return count > 2 && bytes[0] == 'P' && bytes[1] != 0 && strchr("2356", bytes[1]) != NULL;
}

bool photo_begins(const uint8_t *bytes, size_t count)
{
	return is_png(bytes, count) || is_pnm(bytes, count) || decoder_of(bytes, count) != NULL;
}

static int maps_check(const struct photo_reader *reader, struct err *err)
{
	size_t maps = reader->maps;
	*reader->out = (struct photo){0};
	if (maps == PHOTO_BANDS || maps == 1 || maps == 3)
		return 0;
	return err_set(err, EX_DATAERR, "%s: a picture gives 1 map (grey) or 3 (red, green, blue), and %zu are wanted: "
	               "store the samples as an array, in HDF5 or for NumPy", reader->name, maps);
}

int photo_decode(struct photo *out, const char *name, const uint8_t *bytes, size_t count, size_t maps,
                 struct colour background, struct err *err)
{
	const struct photo_reader reader = {out, name, bytes, count, maps, PHOTO_ALONE, background, NULL};
	if (maps_check(&reader, err) != 0)
		return -1;
	if (decoder_of(bytes, count) != NULL)
		return confined_decode(&reader, err);
	if (is_png(bytes, count))
		return png_decode(&reader, err);
	if (is_pnm(bytes, count))
		return pnm_decode(&reader, err);
	const char *format = photo_format(bytes, count);
	if (format == NULL)
		return err_set(err, EX_DATAERR, "%s: is no " PHOTO_FORMATS " or PPM file", name);
	return err_set(err, EX_DATAERR, "%s: is %s; " PHOTO_FORMATS " and PPM are read: " PHOTO_WAY_OUT, name, format);
}

/* Opens a file, and looks at its size and its first bytes. *tiff: it may have pages. Returns a descriptor, or −1. */
static int file_open(const char *path, size_t *size, bool *tiff, struct err *err)
{
	uint8_t first[16] = {0};
	struct stat about = {0};
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not make open wait */
	if (file < 0)
		return err_set(err, EX_NOINPUT, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(file, &about) != 0 || (S_ISREG(about.st_mode) && pread(file, first, sizeof first, 0) < 0))
		err_set(err, EX_IOERR, "%s: cannot read: %s", path, strerror(errno));
	else if (!S_ISREG(about.st_mode))
		err_set(err, EX_DATAERR, "%s: is not a regular file", path);
	*size = (size_t)about.st_size;
	*tiff = decoder_of(first, sizeof first) == tiff_decode;
	if (err->code == 0 && *tiff && *size > PHOTO_PAGES_FILE)
		err_set(err, EX_DATAERR, "%s: a file of more than %d bytes", path, PHOTO_PAGES_FILE);
	if (err->code == 0)
		return file;
	close(file);
	return -1;
}

int photo_pages(uint64_t **place, size_t *count, const char *path, struct err *err)
{
	struct photo_reader reader = {.name = path};
	bool tiff = false;
	*place = NULL;
	*count = 1;
	int file = file_open(path, &reader.count, &tiff, err);
	int code = file < 0 ? -1 : tiff ? confined_pages(&reader, file, place, count, err) : 0;
	if (file >= 0)
		close(file);
	if (code == 0 && *place == NULL && (*place = memory_zeroed(1, sizeof **place, err)) == NULL)
		code = -1;
	if (code == 0 && *count == 1)
		**place = PHOTO_ALONE;
	return code;
}

int photo_decode_page(struct photo *out, const char *name, const char *path, uint64_t place, size_t maps,
                      struct colour background, struct err *err)
{
	struct photo_reader reader = {out, name, NULL, 0, maps, place, background, NULL};
	bool tiff = false;
	int file = maps_check(&reader, err) == 0 ? file_open(path, &reader.count, &tiff, err) : -1, code = -1;
	if (file >= 0 && (place == PHOTO_ALONE || !tiff))
		err_set(err, EX_DATAERR, "%s: has no pages", name);
	else if (file >= 0)
		code = confined_decode_file(&reader, file, err);
	if (file >= 0)
		close(file);
	return code;
}

void photo_free(struct photo *photo)
{
	free(photo->sample);
	*photo = (struct photo){0};
}

bool photo_even(const struct photo *photo)
{
	size_t bytes = photo_number_bytes(photo->number), size = photo->rows * photo->columns * bytes;
	for (size_t m = 0; m < photo->maps; m++)
		if (memcmp(photo->sample + m * size, photo->sample + m * size + bytes, size - bytes) != 0)
			return false;
	return true;
}
