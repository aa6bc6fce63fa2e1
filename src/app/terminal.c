/* Whether output goes to a terminal, and what the terminal can show. */
#include "app.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The launcher's own standard output, where it started this rank itself and the system shows it. */
static bool launcher_is_watched(void)
{
	enum { TTY_MAJOR_LEAST = 136, TTY_MAJOR_MOST = 143, CONSOLE_MAJOR = 4 };
	char path[64];
	struct stat out;
	snprintf(path, sizeof path, "/proc/%d/fd/1", (int)getppid());
	if (stat(path, &out) != 0 || !S_ISCHR(out.st_mode))
		return false;
	unsigned kind = major(out.st_rdev);
	return (kind >= TTY_MAJOR_LEAST && kind <= TTY_MAJOR_MOST) || kind == CONSOLE_MAJOR;
}

bool terminal_is_watched(void)
{
	if (!isatty(STDOUT_FILENO))
		return false;
	bool launched = getenv("OMPI_COMM_WORLD_RANK") != NULL || getenv("PMIX_RANK") != NULL;
	return !launched || launcher_is_watched();
}

int terminal_columns(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		return size.ws_col;
	return 80;
}

int terminal_lines(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row >= 4)
		return size.ws_row;
	return 24;
}

/* Returns whether the environment says that texts are UTF-8. */
static bool terminal_is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8 = locale != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	if (locale != (locale_t)0)
		freelocale(locale);
	return utf8;
}

/* The mean measure of epochs `first` … `end` − 1; NaN where none has one. */
static double mean_measure(const struct record *record, size_t stride, bool validation, size_t first, size_t end)
{
	double sum = 0, used = 0;
	for (size_t i = first; i < end; i++) {
		const struct record *r = (const void *)((const char *)record + i * stride);
		double measure = validation ? r->validation_measure : r->test_measure;
		sum += isfinite(measure) ? measure : 0;
		used += isfinite(measure);
	}
	return sum / used;
}

size_t spark_text(const struct record *record, size_t count, size_t stride, bool validation, size_t width,
                  char text[3 * SPARK + 1])
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const plain[] = {"_", ".", "-", "~", "=", "+", "*", "#"};
	enum { LEVELS = sizeof blocks / sizeof *blocks };
	const char *const *level = terminal_is_utf8() ? blocks : plain;
	double value[SPARK], low = INFINITY, high = -INFINITY;
	size_t used = count < width ? count : width;
	for (size_t b = 0; b < used; b++) {
		value[b] = mean_measure(record, stride, validation, b * count / used, (b + 1) * count / used);
		low = fmin(low, value[b]);
		high = fmax(high, value[b]);
	}
	text[0] = 0;
	for (size_t b = 0; b < used; b++) {
		double share = high > low ? (value[b] - low) / (high - low) : 0;
		strcat(text, isfinite(value[b]) ? level[(size_t)(share * (LEVELS - 1) + 0.5)] : " ");
	}
	return used;
}
