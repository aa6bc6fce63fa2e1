#include <convoy/base.h>

#include <stdio.h>
#include <string.h>

enum { WHOLE = 16384 }; /* more than two of the longest paths */

int err_set(struct err *err, int code, const char *format, ...)
{
	if (err->code == 0) {
		va_list args;
		va_start(args, format);
		text_vfit(err->text, sizeof err->text, format, args);
		va_end(args);
		err->code = code;
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
	text_fit(err->text, sizeof err->text, "%s", whole);
	return -1;
}

int err_memory(struct err *err, size_t bytes)
{
	return err_set(err, EX_OSERR, "not enough memory for %zu bytes", bytes);
}
