#define _GNU_SOURCE /* fopencookie, madvise */
#include <convoy/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	ALIGNMENT = 64,       /* a cache line, and a vector of sixteen floats */
	HUGE_PAGE = 2 << 20,  /* of most systems; on others the advice below has another effect, or none */
};

bool size_multiply(size_t a, size_t b, size_t *product)
{
	if (b != 0 && a > SIZE_MAX / b)
		return false;
	*product = a * b;
	return true;
}

/* Asks for huge pages before the memory is touched. A block's maps lie on thousands of small pages, and looking those
 * up costs a twentieth of a step. A refusal changes nothing but the speed. */
static void pages_advise(void *memory, size_t bytes)
{
#ifdef MADV_HUGEPAGE
	(void)madvise(memory, bytes, MADV_HUGEPAGE);
#else
	(void)memory, (void)bytes;
#endif
}

void *memory_zeroed(size_t count, size_t size, struct err *err)
{
	size_t bytes;
	if (!size_multiply(count, size, &bytes) || bytes > SIZE_MAX - HUGE_PAGE) {
		err_set(err, EX_OSERR, "not enough memory for %zu times %zu bytes", count, size);
		return NULL;
	}
	size_t rounded = (bytes / ALIGNMENT + 1) * ALIGNMENT;
	void *memory = NULL;
	if (posix_memalign(&memory, rounded >= HUGE_PAGE ? HUGE_PAGE : ALIGNMENT, rounded) != 0) {
		err_memory(err, bytes);
		return NULL;
	}
	if (rounded >= HUGE_PAGE)
		pages_advise(memory, rounded);
	return memset(memory, 0, rounded);
}

char *memory_text(const char *text, struct err *err)
{
	char *copy = strdup(text);
	if (copy == NULL)
		err_memory(err, strlen(text) + 1);
	return copy;
}

char *memory_format(struct err *err, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);

	char *text = length < 0 ? NULL : malloc((size_t)length + 1);
	if (text == NULL)
		err_memory(err, length < 0 ? 0 : (size_t)length + 1);
	else
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

const char *path_gap(const char *directory)
{
	size_t length = strlen(directory);
	return length > 0 && directory[length - 1] == '/' ? "" : "/";
}

static ssize_t stream_write(void *context, const char *bytes, size_t count)
{
	struct memory_stream *s = context;
	if (count >= s->room - s->length) {
		size_t room = 2 * (s->room > count ? s->room : count);
		char *text = realloc(s->text, room);
		if (text == NULL)
			return 0;
		s->text = text;
		s->room = room;
	}
	memcpy(s->text + s->length, bytes, count);
	s->length += count;
	s->text[s->length] = 0;
	return (ssize_t)count;
}

int memory_stream_open(struct memory_stream *stream, struct err *err)
{
	enum { FIRST = 4096 };
	*stream = (struct memory_stream){.text = memory_zeroed(FIRST, 1, err), .room = FIRST};
	if (stream->text == NULL)
		return -1;
	stream->file = fopencookie(stream, "w", (cookie_io_functions_t){.write = stream_write});
	if (stream->file != NULL)
		return 0;
	free(stream->text);
	stream->text = NULL;
	return err_memory(err, FIRST);
}

char *memory_stream_close(struct memory_stream *stream, size_t *length, struct err *err)
{
	bool good = stream->file != NULL && ferror(stream->file) == 0;
	if (stream->file == NULL)
		return NULL;
	if ((fclose(stream->file) != 0) | !good) {
		err_memory(err, stream->length);
		free(stream->text);
		stream->text = NULL;
	}
	stream->file = NULL;
	if (length != NULL)
		*length = stream->length;
	return stream->text;
}
