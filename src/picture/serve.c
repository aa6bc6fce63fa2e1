/* The process that reads pictures for another one (confined.c): with few rights, and some time for each. */
#include "decode.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024 };

photo_decoder decoder_of(const uint8_t *bytes, size_t count)
{
	static const struct {
		size_t length;
		const char *bytes;
		photo_decoder decoder;
	} known[] = {
		{3, "\xff\xd8\xff", jpeg_decode}, {4, "II*\0", tiff_decode}, {4, "MM\0*", tiff_decode},
		{4, "II+\0", tiff_decode}, {4, "MM\0+", tiff_decode},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (count > known[i].length && memcmp(bytes, known[i].bytes, known[i].length) == 0)
			return known[i].decoder;
	return NULL;
}

static void limits_set(void)
{
	/* What is sent to all processes of a terminal or a job is not for this one: it ends with its socket. */
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE, SIGTSTP};
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
	for (int file = DECODE_OTHERS; file < DESCRIPTORS; file++)
		close(file);
	process_confine();
}

/* Of processor time: SIGPROF ends the process. */
static void time_limit(int seconds)
{
	setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = seconds}, NULL);
}

static void decode(struct decode *shared)
{
	struct err err = {0};
	struct photo photo = {0};
	const struct photo_reader reader = {&photo, shared->name, (const uint8_t *)shared + DECODE_FILE,
	                                    (size_t)shared->count, (size_t)shared->maps, (size_t)shared->page,
	                                    shared->background, (uint8_t *)shared + DECODE_PHOTO};
	photo_decoder decoder = decoder_of(reader.bytes, reader.count);
	time_limit(DECODE_SECONDS);
	int code = decoder != NULL ? decoder(&reader, &err) : err_set(&err, EX_SOFTWARE, "%s: no reader", shared->name);
	time_limit(0);
	shared->code = code != 0 ? err.code : 0;
	if (code == 0) {
		shared->bands = photo.maps;
		shared->rows = photo.rows;
		shared->columns = photo.columns;
		shared->number = photo.number;
		shared->pages = photo.pages;
		shared->transparent = photo.transparent;
	}
	memcpy(shared->text, err.text, sizeof shared->text);
}

bool photos_serve(int argc, char **argv, int *status)
{
	if (argc != DECODE_ARGUMENTS || strcmp(argv[1], DECODE_WORD) != 0)
		return false;
	*status = EX_OSERR;
	limits_set();
	void *shared = mmap(NULL, DECODE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, DECODE_MEMORY, 0);
	if (shared == MAP_FAILED)
		return true;
	for (;;) {
		char byte;
		ssize_t got = read(DECODE_SOCKET, &byte, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1)
			break;
		decode(shared);
		if (write(DECODE_SOCKET, &byte, 1) != 1)
			break;
	}
	*status = 0;
	return true;
}
