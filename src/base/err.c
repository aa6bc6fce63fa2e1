#include <convoy/base.h>

#include <stdio.h>
#include <string.h>

enum { WHOLE = 16384 }; /* more than two of the longest paths */

/* What does not fit loses its middle: long are paths, which stand in front of what is wrong with them. No UTF-8
 * character is cut in two. */
static void text_fit(struct err *err, const char *whole)
{
	static const char gap[] = "…";
	size_t length = strlen(whole), room = sizeof err->text - 1;
	if (length <= room) {
		memcpy(err->text, whole, length + 1);
		return;
	}
	size_t head = room / 3, tail = length - (room - head - strlen(gap));
	head = text_whole(whole, head);
	while (!text_begins(whole[tail]))
		tail++;
	snprintf(err->text, sizeof err->text, "%.*s%s%s", (int)head, whole, gap, whole + tail);
}

int err_set(struct err *err, int code, const char *format, ...)
{
	if (err->code == 0) {
		char whole[WHOLE];
		va_list args;
		va_start(args, format);
		vsnprintf(whole, sizeof whole, format, args);
		va_end(args);
		err->code = code;
		text_fit(err, whole);
	}
	return -1;
}

int err_prefix(struct err *err, const char *format, ...)
{
	char whole[WHOLE];
	va_list args;
	va_start(args, format);
	int length = vsnprintf(whole, sizeof whole, format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < sizeof whole)
		snprintf(whole + length, sizeof whole - (size_t)length, ": %s", err->text);
	text_fit(err, whole);
	return -1;
}

int err_memory(struct err *err, size_t bytes)
{
	return err_set(err, EX_OSERR, "not enough memory for %zu bytes", bytes);
}
