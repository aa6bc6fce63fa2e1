/* Images for a command, from files that are open. */
#include "images.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT = 16 };

static void image_take(const struct image_sink *sink, const char *name, size_t number, const struct photo *photo)
{
	struct image_given image = {name, number, photo->sample, photo_even(photo), photo->transparent};
	size_t bytes = shape_size(sink->shape) * photo_number_bytes(photo->number);
	for (size_t i = 0; sink->invert && i < bytes; i++) /* of whole numbers without a sign */
		photo->sample[i] = (uint8_t)(255 - photo->sample[i]);
	sink->take(sink->context, &image);
}

/* ---- One file ---------------------------------------------------------------------------------------------------- */

static int bytes_read(int fd, const char *name, size_t size, uint8_t **bytes, struct err *err)
{
	*bytes = memory_zeroed(size, 1, err);
	for (size_t done = 0; *bytes != NULL && done < size;) {
		ssize_t got = pread(fd, *bytes + done, size - done, (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			free(*bytes);
			*bytes = NULL;
			return err_set(err, EX_IOERR, "%s: %s", name, got < 0 ? strerror(errno) : "became shorter");
		}
		done += (size_t)got;
	}
	return *bytes != NULL ? 0 : -1;
}

/* The size of a regular file that is not empty, and what it begins with. */
static int start_read(int fd, const char *name, size_t *size, uint8_t start[FORMAT], struct err *err)
{
	struct stat file;
	if (fstat(fd, &file) != 0)
		return err_set(err, EX_NOINPUT, "%s: %s", name, strerror(errno));
	if (!S_ISREG(file.st_mode))
		return err_set(err, EX_NOINPUT, "%s: is no regular file", name);
	if (file.st_size == 0)
		return err_set(err, EX_DATAERR, "%s: is empty", name);
	memset(start, 0, FORMAT);
	ssize_t got = pread(fd, start, FORMAT, 0);
	if (got < 0)
		return err_set(err, EX_IOERR, "%s: %s", name, strerror(errno));
	const char *format = photo_format(start, (size_t)got);
	if (format != NULL)
		return err_set(err, EX_DATAERR, "%s: is %s; " PHOTO_FORMATS ", PPM and IDX are read: " PHOTO_WAY_OUT, name,
		               format);
	*size = (size_t)file.st_size;
	return 0;
}

int images_probe(int fd, const char *name, struct shape shape, bool *many, size_t *count, struct err *err)
{
	uint8_t start[FORMAT];
	size_t size = 0;
	if (start_read(fd, name, &size, start, err) != 0)
		return -1;
	*many = (start[0] == 0x1f && start[1] == 0x8b) || (start[0] == 0 && start[1] == 0);
	*count = 1;
	if (*many) {
		struct inputs *images = inputs_adopt(fd, name, shape, err);
		*count = images != NULL ? inputs_count(images) : 0;
		inputs_close(images);
		return images != NULL ? 0 : -1;
	}
	if (!photo_begins(start, FORMAT))
		return err_set(err, EX_DATAERR, "%s: is no " PHOTO_FORMATS ", PPM or IDX file", name);
	return 0;
}

bool images_are_bands(const struct model *model)
{
	size_t maps = model->job->input.maps;
	return model->inputs != ELEMENT_U8 || (maps != 1 && maps != 3);
}

/* Refuses a picture of another kind than the model's inputs. */
static int bands_check(const struct image_sink *sink, const struct photo *photo, const char *name, struct err *err)
{
	static const enum element elements[PHOTO_NUMBERS] = {[PHOTO_U8] = ELEMENT_U8, [PHOTO_U16] = ELEMENT_U16,
	                                                     [PHOTO_F32] = ELEMENT_F32};
	enum element element = elements[photo->number];
	if (element != sink->model->inputs || photo->maps != sink->shape.maps)
		return err_set(err, EX_DATAERR, "%s: %zu band%s of %s, the network was trained on %zu of %s", name, photo->maps,
		               photo->maps == 1 ? "" : "s", element_name(element), sink->shape.maps,
		               element_name((enum element)sink->model->inputs));
	const struct data_array all = {element, photo->maps * photo->rows * photo->columns, photo->sample};
	if (array_finite(&all, 1) == 0)
		return err_set(err, EX_DATAERR, "%s: holds a number that is not finite", name);
	if (sink->invert && photo->number == PHOTO_F32)
		return err_set(err, EX_USAGE, "%s: --invert is for whole numbers, not for %s", name, element_name(element));
	return 0;
}

int picture_give(const struct image_sink *sink, int fd, const char *name, struct err *err)
{
	struct photo photo = {0}, fitted = {0};
	uint8_t start[FORMAT], *bytes = NULL;
	size_t size = 0;
	int code = -1;
	if (start_read(fd, name, &size, start, err) != 0)
		return -1;
	if (!photo_begins(start, FORMAT))
		return err_set(err, EX_DATAERR, "%s: is no " PHOTO_FORMATS " or PPM file, though its name says so", name);
	if (size > IMAGE_BYTES)
		return err_set(err, EX_DATAERR, "%s: a picture of more than %d bytes", name, IMAGE_BYTES);
	size_t maps = images_are_bands(sink->model) ? PHOTO_BANDS : sink->shape.maps;
	if (bytes_read(fd, name, size, &bytes, err) == 0 &&
	    photo_decode(&photo, name, bytes, size, maps, sink->background, err) == 0 &&
	    bands_check(sink, &photo, name, err) == 0 &&
	    photo_fit(&fitted, &photo, sink->shape.rows, sink->shape.columns, err) == 0)
		code = 0;
	free(bytes);
	photo_free(&photo);
	if (code == 0)
		image_take(sink, name, IMAGE_ALONE, &fitted);
	photo_free(&fitted);
	return code;
}

void images_give(const struct image_sink *sink, uint8_t *images, const char *name, size_t first, size_t count)
{
	const struct shape *s = &sink->shape;
	for (size_t n = 0; n < count; n++) {
		const struct photo photo = {.maps = s->maps, .rows = s->rows, .columns = s->columns,
		                            .sample = images + n * shape_size(*s)};
		image_take(sink, name, first + n, &photo);
	}
}

int images_open(const char *path, struct err *err)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a pipe must not make open wait */
	if (file < 0)
		err_set(err, EX_NOINPUT, "%s: %s", path, strerror(errno));
	return file;
}

FILE *images_spool(const uint8_t *bytes, size_t count, struct err *err)
{
	FILE *spool = tmpfile();
	if (spool != NULL && fwrite(bytes, 1, count, spool) == count && fflush(spool) == 0)
		return spool;
	err_set(err, EX_IOERR, "standard input: no temporary file: %s", strerror(errno));
	if (spool != NULL)
		fclose(spool);
	return NULL;
}
