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

/* What was asked about the bytes of a file. */
static int answer_make(const struct photo_reader *reader, struct decode *shared, struct err *err)
{
	photo_decoder decoder = decoder_of(reader->bytes, reader->count);
	size_t pages = 0;
	if (decoder == NULL || (shared->pages_only && decoder != tiff_decode))
		return err_set(err, EX_DATAERR, "%s: changed while it was read", shared->name);
	time_limit(DECODE_SECONDS);
	int code = shared->pages_only ? tiff_pages(reader, (uint64_t *)(void *)reader->room, &pages, err)
	                              : decoder(reader, err);
	time_limit(0);
	shared->pages = pages;
	return code;
}

/* file: negative where there is none. */
static void decode(struct decode *shared, int file)
{
	struct err err = {0};
	struct photo photo = {0};
	size_t count = (size_t)shared->count;
	void *bytes = (uint8_t *)shared + DECODE_FILE;
	if (shared->by_itself)
		bytes = file >= 0 ? mmap(NULL, count, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
	const struct photo_reader reader = {&photo, shared->name, bytes, count, (size_t)shared->maps, shared->place,
	                                    shared->background, (uint8_t *)shared + DECODE_PHOTO};
	int code = bytes != MAP_FAILED ? answer_make(&reader, shared, &err)
	                               : err_set(&err, EX_OSERR, "%s: cannot map it: %s", shared->name, strerror(errno));
	if (shared->by_itself && bytes != MAP_FAILED)
		munmap(bytes, count);
	shared->code = code != 0 ? err.code : 0;
	if (code == 0) {
		shared->bands = photo.maps;
		shared->rows = photo.rows;
		shared->columns = photo.columns;
		shared->number = photo.number;
		shared->transparent = photo.transparent;
	}
	memcpy(shared->text, err.text, sizeof shared->text);
}

/* Waits for a byte that asks, and the file that may come with it; *file is negative without one. false: nobody asks any
 * more. */
static bool question_take(int *file)
{
	char byte;
	union decode_control control = {.room = {0}};
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
	                         .msg_controllen = sizeof control};
	ssize_t got;
	*file = -1;
	do
		got = recvmsg(DECODE_SOCKET, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	const struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
		memcpy(file, CMSG_DATA(head), sizeof *file);
	return got == 1;
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
	for (int file; question_take(&file);) {
		const char byte = 0;
		decode(shared, file);
		if (file >= 0)
			close(file);
		if (write(DECODE_SOCKET, &byte, 1) != 1)
			break;
	}
	*status = 0;
	return true;
}
