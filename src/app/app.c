/* Options, errors and the session of a command. */
#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int app_parse(const struct argp *argp, int argc, char **argv, void *input, struct err *err)
{
	int next = 0;
	char *name = memory_format(err, "convoy %s", argv[0]), *own = argv[0];
	if (name == NULL)
		return -1;
	argv[0] = name; /* what --help shows */
	error_t code = argp_parse(argp, argc, argv, ARGP_NO_ERRS, &next, input);
	argv[0] = own;
	free(name);
	if (code == 0)
		return 0;
	const char *at = next > 1 && next <= argc ? argv[next - 1] : own;
	return err_set(err, EX_USAGE, "%s: '%s' is no option, or its value is missing (see convoy %s --help)", own, at, own);
}

int app_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value, struct err *err)
{
	char *end;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != 0 || errno != 0 || number < least || number > most)
		return err_set(err, EX_USAGE, "%s: '%s' is not a whole number from %llu to %llu", option, text,
		               (unsigned long long)least, (unsigned long long)most);
	*value = number;
	return 0;
}

int app_real(const char *option, const char *text, double least, double most, double *value, struct err *err)
{
	char *end;
	double number = strtod(text, &end);
	if (end == text || *end != 0 || !isfinite(number) || number < least || number > most)
		return err_set(err, EX_USAGE, "%s: '%s' is not a number from %g to %g", option, text, least, most);
	*value = number;
	return 0;
}

int app_fail(const struct err *err)
{
	if (comm_rank_announced() == 0)
		fprintf(stderr, "convoy: %s\n", err->text);
	return err->code != 0 ? err->code : EX_SOFTWARE;
}

int session_open(struct session *session, int *argc, char ***argv, struct err *err)
{
	session->comm = comm_open(argc, argv, err);
	if (session->comm == NULL)
		return -1;
	session->kernels = kernels_choose(err);
	return comm_agree(session->comm, session->kernels != NULL ? 0 : -1, err);
}

void session_close(struct session *session)
{
	comm_close(session->comm);
}

bool app_is_checkpoint(const char *path)
{
	static const char magic[] = "convoy-checkpoint";
	char start[sizeof magic] = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		if (read(fd, start, sizeof magic - 1) < 0)
			start[0] = 0;
		close(fd);
	}
	size_t length = strlen(path);
	return memcmp(start, magic, sizeof magic - 1) == 0 || (length > 3 && strcmp(path + length - 3, ".h5") == 0);
}

const char *app_thousands(uint64_t number, char text[THOUSANDS])
{
	char digits[THOUSANDS];
	int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number), to = 0;
	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			text[to++] = ',';
		text[to++] = digits[i];
	}
	text[to] = 0;
	return text;
}

int app_split_path(const char *path, char **directory, char **name, struct err *err)
{
	const char *slash = strrchr(path, '/');
	*directory = slash == NULL ? memory_text(".", err) : memory_format(err, "%.*s", (int)(slash - path) + (slash == path), path);
	*name = memory_text(slash == NULL ? path : slash + 1, err);
	if (*directory != NULL && *name != NULL && **name != 0)
		return 0;
	free(*directory);
	free(*name);
	*directory = *name = NULL;
	return err_set(err, EX_USAGE, "'%s' names no file", path);
}
