/* Images for a command: from files, directories, standard input. */
#include "images.h"

#include <convoy/data.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 30, DEPTH = 32, CHUNK = 1 << 16, FORMAT = 16 };

static void image_take(const struct image_sink *sink, const char *name, size_t number, const struct photo *photo)
{
	struct image_given image = {name, number, photo->sample, photo_even(photo), photo->transparent};
	for (size_t i = 0; sink->invert && i < shape_size(sink->shape); i++)
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

static int picture_give(const struct image_sink *sink, int fd, const char *name, size_t size, struct err *err)
{
	struct photo photo = {0}, fitted = {0};
	uint8_t *bytes = NULL;
	int code = -1;
	if (bytes_read(fd, name, size, &bytes, err) == 0 &&
	    photo_decode(&photo, name, bytes, size, sink->shape.maps, sink->background, err) == 0 &&
	    photo_fit(&fitted, &photo, sink->shape.rows, sink->shape.columns, err) == 0)
		code = 0;
	free(bytes);
	photo_free(&photo);
	if (code == 0)
		image_take(sink, name, IMAGE_ALONE, &fitted);
	photo_free(&fitted);
	return code;
}

static int idx_give(const struct image_sink *sink, int fd, const char *name, struct err *err)
{
	const struct shape *s = &sink->shape;
	struct dataset set;
	if (images_read(&set, fd, name, sink->shape, err) != 0)
		return -1;
	for (size_t n = 0; n < set.count; n++) {
		const struct photo photo = {s->maps, s->rows, s->columns, array_sample(&set.array[DATA_INPUTS], n), false};
		image_take(sink, name, n, &photo);
	}
	dataset_free(&set);
	return 0;
}

/* A regular file's images, by what it begins with. */
static int descriptor_give(const struct image_sink *sink, int fd, const char *name, struct err *err)
{
	struct stat file;
	uint8_t start[FORMAT] = {0};
	if (fstat(fd, &file) != 0)
		return err_set(err, EX_NOINPUT, "%s: %s", name, strerror(errno));
	if (!S_ISREG(file.st_mode))
		return err_set(err, EX_NOINPUT, "%s: is no regular file", name);
	if (file.st_size == 0)
		return err_set(err, EX_DATAERR, "%s: is empty", name);
	ssize_t got = pread(fd, start, sizeof start, 0);
	if (got < 0)
		return err_set(err, EX_IOERR, "%s: %s", name, strerror(errno));
	const char *format = photo_format(start, (size_t)got);
	if (format != NULL)
		return err_set(err, EX_DATAERR, "%s: is %s; PNG, PGM, PPM and IDX are read: " PHOTO_WAY_OUT, name, format);
	bool packed = start[0] == 0x1f && start[1] == 0x8b;
	if (packed || (start[0] == 0 && start[1] == 0))
		return idx_give(sink, fd, name, err);
	if (start[0] != 'P' && start[0] != 0x89)
		return err_set(err, EX_DATAERR, "%s: is no PNG, PGM, PPM or IDX file", name);
	if (file.st_size > MOST_BYTES)
		return err_set(err, EX_DATAERR, "%s: a picture of more than %d bytes", name, MOST_BYTES);
	return picture_give(sink, fd, name, (size_t)file.st_size, err);
}

static int file_give(const struct image_sink *sink, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, EX_NOINPUT, "%s: %s", path, strerror(errno));
	int code = descriptor_give(sink, fd, path, err);
	close(fd);
	return code;
}

/* Standard input by way of a file without a name: IDX files are read by their size. */
static int input_give(const struct image_sink *sink, struct err *err)
{
	static const char name[] = "standard input";
	FILE *spool = tmpfile();
	uint8_t *chunk = memory_zeroed(CHUNK, 1, err);
	size_t whole = 0, got = 0;
	int code = chunk != NULL ? 0 : -1;
	if (spool == NULL)
		code = err_set(err, EX_IOERR, "%s: no temporary file: %s", name, strerror(errno));
	while (code == 0 && (got = fread(chunk, 1, CHUNK, stdin)) > 0) {
		whole += got;
		if (whole > MOST_BYTES)
			code = err_set(err, EX_DATAERR, "%s: more than %d bytes", name, MOST_BYTES);
		else if (fwrite(chunk, 1, got, spool) != got)
			code = err_set(err, EX_IOERR, "%s: cannot write a temporary file: %s", name, strerror(errno));
	}
	if (code == 0 && ferror(stdin))
		code = err_set(err, EX_IOERR, "%s: %s", name, strerror(errno));
	if (code == 0 && fflush(spool) != 0)
		code = err_set(err, EX_IOERR, "%s: cannot write a temporary file: %s", name, strerror(errno));
	if (code == 0)
		code = descriptor_give(sink, fileno(spool), name, err);
	free(chunk);
	if (spool != NULL)
		fclose(spool);
	return code;
}

/* ---- Directories ------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), more = strlen(end);
	return length > more && strcasecmp(name + length - more, end) == 0;
}

static bool named_like_image(const char *name)
{
	return ends_with(name, ".png") || ends_with(name, ".pgm") || ends_with(name, ".ppm") || ends_with(name, ".pnm") ||
	       strstr(name, "idx3-ubyte") != NULL || strstr(name, "idx4-ubyte") != NULL;
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* What directories hold. */
struct found {
	size_t images, left; /* read; left out */
	size_t other;        /* of these: pictures of other formats, by their names … */
	const char *format;  /* … one of them, "JPEG" */
};

static void leave_out(struct found *found, const char *path)
{
	const char *format = photo_format_of_name(path);
	found->left++;
	found->other += format != NULL;
	if (found->format == NULL)
		found->format = format;
}

/* "3 entries left out (…), 2 of them JPEG or the like: …"; NULL without memory. */
static char *left_text(const struct found *found, struct err *err)
{
	char *others = found->other == 0 ? memory_text("", err) :
		memory_format(err, ", %zu of them %s%s: " PHOTO_WAY_OUT, found->other, found->format,
	                  found->other > 1 ? " and the like" : "");
	char *text = others == NULL ? NULL :
		memory_format(err, "%zu entr%s left out (hidden, not named like PNG, PGM, PPM or IDX files, or links to "
	                  "directories)%s", found->left, found->left == 1 ? "y" : "ies", others);
	free(others);
	return text;
}

/* After a directory that the user has named. */
static int found_tell(const struct image_sink *sink, const char *path, const struct found *found, struct err *err)
{
	char *left = found->left > 0 ? left_text(found, err) : NULL, *text = NULL;
	if (found->images == 0 && err->code == 0)
		err_set(err, EX_NOINPUT, "%s: holds no PNG, PGM, PPM or IDX files%s%s", path, left != NULL ? ": " : "",
		        left != NULL ? left : "");
	else if (left != NULL && (text = memory_format(err, "%s: %s", path, left)) != NULL)
		sink->remark(sink->context, text);
	free(text);
	free(left);
	return err->code == 0 ? 0 : -1;
}

static void path_give(const struct image_sink *sink, const char *path, size_t depth, bool named, struct found *found);

static void directory_give(const struct image_sink *sink, const char *path, size_t depth, struct found *found)
{
	struct dirent **entry = NULL;
	struct err err = {0};
	size_t length = strlen(path);
	int entries = depth < DEPTH ? scandir(path, &entry, no_dots, alphasort) : -1;
	if (depth >= DEPTH)
		err_set(&err, EX_DATAERR, "%s: directories more than %d deep", path, DEPTH);
	else if (entries < 0)
		err_set(&err, EX_NOINPUT, "%s: %s", path, strerror(errno));
	for (int i = 0; i < entries; i++) {
		const char *slash = length > 0 && path[length - 1] == '/' ? "" : "/";
		char *inner = memory_format(&err, "%s%s%s", path, slash, entry[i]->d_name);
		if (inner != NULL && entry[i]->d_name[0] == '.')
			leave_out(found, inner);
		else if (inner != NULL)
			path_give(sink, inner, depth + 1, false, found);
		free(inner);
		free(entry[i]);
	}
	free(entry);
	if (depth == 0 && err.code == 0)
		found_tell(sink, path, found, &err);
	if (err.code != 0)
		sink->bad(sink->context, path, &err);
}

/* `named` by the user: whatever it is called; what is found in a directory must be called like an image, and links to
 * other directories are not followed. */
static void path_give(const struct image_sink *sink, const char *path, size_t depth, bool named, struct found *found)
{
	struct stat file;
	struct err err = {0};
	bool link = !named && lstat(path, &file) == 0 && S_ISLNK(file.st_mode);
	bool directory = stat(path, &file) == 0 && S_ISDIR(file.st_mode);
	if (directory && !link) {
		directory_give(sink, path, depth, found);
		return;
	}
	if (directory || (!named && !named_like_image(strrchr(path, '/')))) {
		leave_out(found, path);
		return;
	}
	found->images++;
	if (file_give(sink, path, &err) != 0)
		sink->bad(sink->context, path, &err);
}

void images_give(const struct image_sink *sink, const char *path)
{
	struct err err = {0};
	struct found found = {0};
	if (strcmp(path, "-") != 0)
		path_give(sink, path, 0, true, &found);
	else if (input_give(sink, &err) != 0)
		sink->bad(sink->context, path, &err);
}
