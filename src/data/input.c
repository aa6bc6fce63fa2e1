/* Reads plain and gzip files. zlib's gzread treats a truncated file as a whole one, and ignores bytes after a gzip
 * member. Both would hide damage, so this file calls inflate itself. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
	CHUNK = 1 << 16,
	INFLATE_MOST = 1 << 30,         /* zlib counts in unsigned int */
	WINDOW_GZIP = MAX_WBITS + 16,   /* zlib: the largest window, gzip header and trailer */
	EXPANSION = 1032,               /* deflate: a match is at most 258 bytes and takes at least two bits */
};

struct input {
	char *path;
	int fd;
	bool packed;
	bool between;     /* behind a gzip member: another one follows, or the end */
	bool inflating;   /* z is initialised */
	uint64_t size;    /* of the file */
	uint64_t fetched; /* bytes of the file that have been read */
	size_t announced; /* bytes of the content; 0: not known yet */
	size_t taken;     /* bytes of the content that have been handed out */
	unsigned forms;   /* in which the file is there: INPUT_PLAIN, INPUT_GZ */
	int twin;         /* the packed one beside the plain one, open; −1: none */
	uint32_t sum;     /* CRC-32 of what has been handed out; 0 without a twin */
	size_t left;      /* bytes not yet used … */
	const uint8_t *next; /* … of raw */
	z_stream z;
	uint8_t raw[CHUNK];
};

static int damaged(struct input *in, const char *what, struct err *err)
{
	uint64_t place = in->fetched - in->left;
	return err_set(err, EX_DATAERR, "%s: damaged gzip data before byte %ju: %s", in->path, (uintmax_t)place, what);
}

/* The content ends after `there` bytes, which is too early. */
static int cut_short(struct input *in, size_t there, struct err *err)
{
	if (in->announced == 0)
		return err_set(err, EX_DATAERR, "%s: cut short in its header: %zu bytes there", in->path, there);
	if (there < in->announced)
		return err_set(err, EX_DATAERR, "%s: cut short: %zu bytes announced, %zu there", in->path, in->announced,
		               there);
	return err_set(err, EX_DATAERR, "%s: cut short: the end of its gzip data is missing", in->path);
}

/* Reads the next chunk of the file when nothing is left of the last one; in->left stays 0 at the end of the file. */
static int fetch(struct input *in, struct err *err)
{
	if (in->left > 0)
		return 0;
	ssize_t got;
	do
		got = read(in->fd, in->raw, sizeof in->raw);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_set(err, EX_IOERR, "%s: %s", in->path, strerror(errno));
	in->next = in->raw;
	in->left = (size_t)got;
	in->fetched += (size_t)got;
	return 0;
}

/* Opens NAME.gz where it stands beside the plain file. */
static int twin_find(struct input *in, struct err *err)
{
	char *path = memory_format(err, "%s.gz", in->path);
	if (path == NULL)
		return -1;
	in->twin = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	free(path);
	if (in->twin >= 0)
		in->forms |= INPUT_GZ;
	return 0;
}

/* Opens the first of NAME and NAME.gz that exists. A device or pipe must not make open wait. */
static int find(struct input *in, const char *directory, const char *name, bool packed, struct err *err)
{
	static const char *const suffix[] = {"", ".gz"};
	size_t length = strlen(directory);
	const char *slash = length > 0 && directory[length - 1] == '/' ? "" : "/";

	for (size_t i = 0; i < (packed ? 2 : 1); i++) {
		free(in->path);
		in->path = memory_format(err, "%s%s%s%s", directory, slash, name, suffix[i]);
		if (in->path == NULL)
			return -1;
		in->fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		in->forms = i == 0 ? INPUT_PLAIN : INPUT_GZ;
		if (in->fd >= 0)
			return packed && i == 0 ? twin_find(in, err) : 0;
		if (errno != ENOENT)
			return err_set(err, EX_NOINPUT, "%s: %s", in->path, strerror(errno));
	}
	if (packed)
		return err_set(err, EX_NOINPUT, "%s: no such file (nor %s.gz) in %s", name, name, directory);
	return err_set(err, EX_NOINPUT, "%s: no such file in %s", name, directory);
}

/* Size and kind of the open file. */
static int look(struct input *in, struct err *err)
{
	struct stat status;
	if (fstat(in->fd, &status) != 0)
		return err_set(err, EX_NOINPUT, "%s: %s", in->path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return err_set(err, EX_NOINPUT, "%s: not a regular file", in->path);
	in->size = (uint64_t)status.st_size;

	if (fetch(in, err) != 0)
		return -1;
	in->packed = in->left >= 2 && in->raw[0] == 0x1f && in->raw[1] == 0x8b;
	if (in->packed && inflateInit2(&in->z, WINDOW_GZIP) != Z_OK)
		return err_memory(err, sizeof in->z);
	in->inflating = in->packed;
	return 0;
}

struct input *input_open(const char *directory, const char *name, bool packed, struct err *err)
{
	struct input *in = memory_zeroed(1, sizeof *in, err);
	if (in == NULL)
		return NULL;
	in->fd = in->twin = -1;
	if (find(in, directory, name, packed, err) != 0 || look(in, err) != 0) {
		input_close(in);
		return NULL;
	}
	return in;
}

struct input *input_adopt(int fd, const char *name, struct err *err)
{
	struct input *in = memory_zeroed(1, sizeof *in, err);
	if (in == NULL)
		return NULL;
	in->twin = -1;
	in->path = memory_text(name, err);
	in->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (in->path == NULL || in->fd < 0 || lseek(in->fd, 0, SEEK_SET) != 0 || look(in, err) != 0) {
		err_set(err, EX_NOINPUT, "%s: %s", name, strerror(errno));
		input_close(in);
		return NULL;
	}
	return in;
}

void input_close(struct input *in)
{
	if (in == NULL)
		return;
	if (in->inflating)
		inflateEnd(&in->z);
	if (in->fd >= 0)
		close(in->fd);
	if (in->twin >= 0)
		close(in->twin);
	free(in->path);
	free(in);
}

const char *input_path(const struct input *in)
{
	return in->path;
}

bool input_packed(const struct input *in)
{
	return in->packed;
}

unsigned input_forms(const struct input *in)
{
	return in->forms;
}

uint64_t input_file_size(const struct input *in)
{
	return in->size;
}

int input_announce(struct input *in, size_t header, size_t count, size_t each, struct err *err)
{
	size_t content;
	if (!size_multiply(count, each, &content) || content > INPUT_LARGEST)
		return err_set(err, EX_DATAERR, "%s: more than 64 GiB announced, which is the limit", in->path);
	in->announced = header + content;

	if (in->packed && in->announced / EXPANSION > in->size)
		return err_set(err, EX_DATAERR, "%s: cut short: %zu bytes announced, %ju bytes of gzip data cannot hold them",
		               in->path, in->announced, (uintmax_t)in->size);
	if (in->packed)
		return 0;
	if (in->size < in->announced)
		return cut_short(in, (size_t)in->size, err);
	if (in->size > in->announced)
		return err_set(err, EX_DATAERR, "%s: too long: %zu bytes announced, %ju there", in->path, in->announced,
		               (uintmax_t)in->size);
	return 0;
}

/* One call of inflate: uses some of the fetched bytes, gives at most `count`. */
static int inflate_some(struct input *in, uint8_t *bytes, size_t count, size_t *got, struct err *err)
{
	in->z.next_in = (z_const Bytef *)in->next;
	in->z.avail_in = (uInt)in->left;
	in->z.next_out = bytes;
	in->z.avail_out = (uInt)(count < INFLATE_MOST ? count : INFLATE_MOST);
	int result = inflate(&in->z, Z_NO_FLUSH);
	in->left = in->z.avail_in;
	in->next = in->z.next_in;
	*got = (size_t)(in->z.next_out - bytes);

	if (result == Z_MEM_ERROR)
		return err_memory(err, CHUNK);
	if (result != Z_OK && result != Z_STREAM_END)
		return damaged(in, in->z.msg != NULL ? in->z.msg : zError(result), err);
	in->between = result == Z_STREAM_END;
	return 0;
}

/* Between two members of a gzip file: begins the next one; anything else that follows is refused. */
static int next_member(struct input *in, struct err *err)
{
	if (*in->next != 0x1f) {
		uint64_t behind = in->size - (in->fetched - in->left);
		return err_set(err, EX_DATAERR, "%s: too long: %ju bytes behind the end of its gzip data", in->path,
		               (uintmax_t)behind);
	}
	in->between = false;
	return inflateReset(&in->z) == Z_OK ? 0 : damaged(in, "inconsistent state", err);
}

/* Up to `count` bytes of the content; *got is less only at its end. */
static int take(struct input *in, uint8_t *bytes, size_t count, size_t *got, struct err *err)
{
	for (*got = 0; *got < count;) {
		if (fetch(in, err) != 0)
			return -1;
		if (in->left == 0)
			return in->packed && !in->between ? cut_short(in, in->taken + *got, err) : 0;

		size_t some;
		if (in->packed) {
			if (in->between && next_member(in, err) != 0)
				return -1;
			if (inflate_some(in, bytes + *got, count - *got, &some, err) != 0)
				return -1;
		} else {
			some = in->left < count - *got ? in->left : count - *got;
			memcpy(bytes + *got, in->next, some);
			in->next += some;
			in->left -= some;
		}
		*got += some;
	}
	return 0;
}

int input_read(struct input *in, void *bytes, size_t count, struct err *err)
{
	size_t got;
	if (take(in, bytes, count, &got, err) != 0)
		return -1;
	in->taken += got;
	if (in->twin >= 0)
		in->sum = (uint32_t)crc32_z(in->sum, bytes, got);
	return got == count ? 0 : cut_short(in, in->taken, err);
}

static uint32_t little_endian(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Returns whether the last bytes of the twin name the CRC-32 and length of the content (RFC 1952). Those of several
 * members name what the last one holds. */
static bool twin_names(const struct input *in)
{
	enum { TRAILER = 8 };
	uint8_t trailer[TRAILER];
	struct stat status;
	return fstat(in->twin, &status) == 0 && status.st_size > TRAILER &&
	       pread(in->twin, trailer, TRAILER, status.st_size - TRAILER) == TRAILER &&
	       little_endian(trailer) == in->sum && little_endian(trailer + 4) == (uint32_t)in->taken;
}

/* Reads all of the twin, whatever its members. Returns whether it can be read and holds the content. */
static bool twin_holds(const struct input *in)
{
	struct err ignored = {0};
	struct input *twin = input_adopt(in->twin, in->path, &ignored);
	uint8_t *bytes = memory_zeroed(CHUNK, 1, &ignored);
	uint32_t sum = 0;
	bool good = twin != NULL && bytes != NULL;
	for (size_t left = in->taken; left > 0 && good;) {
		size_t some = left < CHUNK ? left : CHUNK;
		good = input_read(twin, bytes, some, &ignored) == 0;
		sum = good ? (uint32_t)crc32_z(sum, bytes, some) : sum;
		left -= some;
	}
	good = good && sum == in->sum && input_end(twin, &ignored) == 0;
	free(bytes);
	input_close(twin);
	return good;
}

int input_end(struct input *in, struct err *err)
{
	uint8_t byte;
	size_t got;
	if (take(in, &byte, 1, &got, err) != 0)
		return -1;
	if (got != 0)
		return err_set(err, EX_DATAERR, "%s: too long: %zu bytes announced, more there", in->path, in->taken);
	if (in->twin >= 0 && !twin_names(in) && !twin_holds(in))
		return err_set(err, EX_DATAERR, "%s: %s.gz beside it holds something else: take the wrong one away", in->path,
		               in->path);
	return 0;
}
