/* Has pictures read by other processes: libraries for large formats can crash on a crafted file, or worse. A process a
 * picture would take longer than the picture. Threads that ask at the same time have a process each. */
#include <config.h>

#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 600, LARGE = 1 << 24 }; /* seconds for a picture; bytes that are given back after it */

struct question {
	const struct photo_reader *reader;
	int file; /* that the process maps itself; negative: reader->bytes */
	bool pages; /* asks for their places, and for no picture */
};

/* A process stays for the next picture. It ends when its socket does, with this process at the latest. */
struct helper {
	struct helper *next; /* that is idle too */
	int process, socket, memory;
	struct decode *shared; /* NULL: there is no process */
};

static struct {
	pthread_mutex_t lock;
	struct helper *idle;
} helpers = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* An idle one, or a new one, whose process does not run yet. */
static struct helper *helper_take(struct err *err)
{
	pthread_mutex_lock(&helpers.lock);
	struct helper *helper = helpers.idle;
	if (helper != NULL)
		helpers.idle = helper->next;
	pthread_mutex_unlock(&helpers.lock);
	return helper != NULL ? helper : memory_zeroed(1, sizeof *helper, err);
}

static void helper_leave(struct helper *helper)
{
	pthread_mutex_lock(&helpers.lock);
	helper->next = helpers.idle;
	helpers.idle = helper;
	pthread_mutex_unlock(&helpers.lock);
}

static int failed(const struct photo_reader *reader, const char *what, int number, struct err *err)
{
	return err_set(err, EX_OSERR, "%s: cannot %s to read it: %s", reader->name, what, strerror(number));
}

static int memory_open(struct helper *helper, const struct photo_reader *reader, struct err *err)
{
	helper->memory = memfd_create("convoy-picture", MFD_CLOEXEC);
	if (helper->memory < 0)
		return failed(reader, "make memory", errno, err);
	void *shared = MAP_FAILED;
	if (ftruncate(helper->memory, (off_t)DECODE_SIZE) == 0)
		shared = mmap(NULL, DECODE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, helper->memory, 0);
	if (shared != MAP_FAILED) {
		helper->shared = shared;
		return 0;
	}
	failed(reader, "map memory", errno, err);
	close(helper->memory);
	return -1;
}

static int helper_start(struct helper *helper, const struct photo_reader *reader, struct err *err)
{
	char program[] = "convoy", word[] = DECODE_WORD, *argv[DECODE_ARGUMENTS + 1] = {program, word};
	int ends[2];
	if (helper->shared != NULL)
		return 0;
	if (memory_open(helper, reader, err) != 0)
		return -1;
	int number = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
	if (number == 0) {
		number = process_start(&helper->process, argv, ends[1], helper->memory);
		close(ends[1]);
		helper->socket = ends[0];
		if (number == 0)
			return 0;
		close(ends[0]);
	}
	munmap(helper->shared, DECODE_SIZE);
	helper->shared = NULL;
	close(helper->memory);
	return failed(reader, "start a process", number, err);
}

static int helper_stop(struct helper *helper)
{
	close(helper->socket);
	close(helper->memory);
	munmap(helper->shared, DECODE_SIZE);
	helper->shared = NULL;
	return process_end(helper->process, true);
}

/* false: it has died since the last picture. */
static bool helper_wake(const struct helper *helper, int file)
{
	char byte = 0;
	union decode_control control = {.room = {0}};
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (file >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof control;
		control.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
		                                .cmsg_len = CMSG_LEN(sizeof file)};
		memcpy(CMSG_DATA(&control.head), &file, sizeof file);
	}
	return sendmsg(helper->socket, &message, MSG_NOSIGNAL) == 1;
}

/* Waits for the answer. false: there will be none. */
static bool helper_wait(const struct helper *helper)
{
	char byte;
	return process_take(helper->socket, clock_seconds() + PATIENCE, &byte, 1);
}

static int helper_died(struct helper *helper, const struct photo_reader *reader, struct err *err)
{
	int how = helper_stop(helper);
	bool time = WIFSIGNALED(how) && (WTERMSIG(how) == SIGPROF || WTERMSIG(how) == SIGKILL);
	if (time)
		return err_set(err, EX_DATAERR, "%s: takes more than %d seconds to read: damaged, or made to", reader->name,
		               DECODE_SECONDS);
	if (WIFSIGNALED(how))
		return err_set(err, EX_DATAERR, "%s: damaged: its reader ends with signal %d", reader->name, WTERMSIG(how));
	return err_set(err, EX_DATAERR, "%s: damaged: its reader ends", reader->name);
}

static int code_take(const struct helper *helper, struct err *err)
{
	const struct decode *shared = helper->shared;
	int code = shared->code;
	char text[sizeof shared->text];
	memcpy(text, shared->text, sizeof text);
	text[sizeof text - 1] = 0;
	return code == 0 ? 0 : err_set(err, code == EX_OSERR ? EX_OSERR : EX_DATAERR, "%s", text);
}

/* The answer, of which nothing is taken for granted. */
static int photo_take(const struct helper *helper, const struct photo_reader *reader, struct err *err)
{
	const struct decode *shared = helper->shared;
	struct photo *out = reader->out;
	const struct photo_form form = {(size_t)shared->columns, (size_t)shared->rows, (size_t)shared->bands,
	                                (enum photo_number)shared->number};
	if (code_take(helper, err) != 0)
		return -1;
	if (form.number >= PHOTO_NUMBERS) /* the copy: the process may still write */
		return err_set(err, EX_DATAERR, "%s: damaged: its reader is", reader->name);
	if (photo_size(reader, &form, err) != 0)
		return -1;
	size_t count = out->rows * out->columns * out->maps * photo_number_bytes(out->number);
	memcpy(out->sample, (const uint8_t *)shared + DECODE_PHOTO, count);
	out->transparent = shared->transparent != 0;
	if (count + reader->count > LARGE)
		fallocate(helper->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, DECODE_FILE,
		          (off_t)(DECODE_SIZE - DECODE_FILE));
	return 0;
}

static int places_take(const struct helper *helper, const char *name, uint64_t **place, size_t *count, struct err *err)
{
	uint64_t pages = helper->shared->pages;
	if (code_take(helper, err) != 0)
		return -1;
	if (pages == 0 || pages > PAGES)
		return err_set(err, EX_DATAERR, "%s: damaged: its reader is", name);
	*place = memory_zeroed((size_t)pages, sizeof **place, err);
	if (*place == NULL)
		return -1;
	memcpy(*place, (const uint8_t *)helper->shared + DECODE_PHOTO, (size_t)pages * sizeof **place);
	*count = (size_t)pages;
	return 0;
}

/* Puts the question to a process that lives. */
static int question_put(struct helper *helper, const struct question *question, struct err *err)
{
	const struct photo_reader *reader = question->reader;
	if (helper_start(helper, reader, err) != 0)
		return -1;
	struct decode *shared = helper->shared;
	text_fit(shared->name, sizeof shared->name, "%s", reader->name);
	shared->count = reader->count;
	shared->maps = reader->maps;
	shared->place = reader->place;
	shared->background = reader->background;
	shared->by_itself = question->file >= 0;
	shared->pages_only = question->pages;
	if (question->file < 0)
		memcpy((uint8_t *)shared + DECODE_FILE, reader->bytes, reader->count);
	return 0;
}

/* Gets an answer, good or bad. */
static int answer_get(struct helper *helper, const struct question *question, struct err *err)
{
	if (question_put(helper, question, err) != 0)
		return -1;
	if (!helper_wake(helper, question->file)) { /* killed by someone: a picture has nothing to do with that */
		helper_stop(helper);
		if (question_put(helper, question, err) != 0)
			return -1;
		helper_wake(helper, question->file);
	}
	return helper_wait(helper) ? 0 : helper_died(helper, question->reader, err);
}

static int photo_get(const struct question *question, struct err *err)
{
	struct helper *helper = helper_take(err);
	if (helper == NULL)
		return -1;
	int code = answer_get(helper, question, err);
	if (code == 0)
		code = photo_take(helper, question->reader, err);
	helper_leave(helper);
	return code;
}

int confined_decode(const struct photo_reader *reader, struct err *err)
{
	if (reader->count > PHOTO_FILE)
		return err_set(err, EX_DATAERR, "%s: a picture of more than %d bytes", reader->name, PHOTO_FILE);
	return photo_get(&(struct question){reader, -1, false}, err);
}

int confined_decode_file(const struct photo_reader *reader, int file, struct err *err)
{
	return photo_get(&(struct question){reader, file, false}, err);
}

int confined_pages(const struct photo_reader *reader, int file, uint64_t **place, size_t *count, struct err *err)
{
	struct helper *helper = helper_take(err);
	if (helper == NULL)
		return -1;
	int code = answer_get(helper, &(struct question){reader, file, true}, err);
	if (code == 0)
		code = places_take(helper, reader->name, place, count, err);
	helper_leave(helper);
	return code;
}
