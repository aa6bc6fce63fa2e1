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

/* Seconds for a picture; bytes that are given back after it; most pages of a file, as libtiff has them. */
enum { PATIENCE = 600, LARGE = 1 << 24, PAGES = 1 << 20 };

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
static bool helper_wake(const struct helper *helper)
{
	char byte = 0;
	return send(helper->socket, &byte, 1, MSG_NOSIGNAL) == 1;
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

/* The answer, of which nothing is taken for granted. */
static int photo_take(const struct helper *helper, const struct photo_reader *reader, struct err *err)
{
	const struct decode *shared = helper->shared;
	struct photo *out = reader->out;
	const struct photo_form form = {(size_t)shared->columns, (size_t)shared->rows, (size_t)shared->bands,
	                                (enum photo_number)shared->number};
	uint64_t pages = shared->pages;
	int code = shared->code;
	char text[sizeof shared->text];
	memcpy(text, shared->text, sizeof text);
	text[sizeof text - 1] = 0;
	if (code != 0)
		return err_set(err, code == EX_OSERR ? EX_OSERR : EX_DATAERR, "%s", text);
	if (form.number >= PHOTO_NUMBERS || pages > PAGES) /* the copies: the process may still write */
		return err_set(err, EX_DATAERR, "%s: damaged: its reader is", reader->name);
	if (photo_size(reader, &form, err) != 0)
		return -1;
	size_t count = out->rows * out->columns * out->maps * photo_number_bytes(out->number);
	memcpy(out->sample, (const uint8_t *)shared + DECODE_PHOTO, count);
	out->transparent = shared->transparent != 0;
	out->pages = (size_t)pages;
	if (count + reader->count > LARGE)
		fallocate(helper->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, DECODE_FILE,
		          (off_t)(DECODE_SIZE - DECODE_FILE));
	return 0;
}

/* Puts the question to a process that lives. */
static int question_put(struct helper *helper, const struct photo_reader *reader, struct err *err)
{
	if (helper_start(helper, reader, err) != 0)
		return -1;
	struct decode *shared = helper->shared;
	text_fit(shared->name, sizeof shared->name, "%s", reader->name);
	shared->count = reader->count;
	shared->maps = reader->maps;
	shared->page = reader->page;
	shared->background = reader->background;
	memcpy((uint8_t *)shared + DECODE_FILE, reader->bytes, reader->count);
	return 0;
}

static int decode(struct helper *helper, const struct photo_reader *reader, struct err *err)
{
	if (reader->count > PHOTO_FILE)
		return err_set(err, EX_DATAERR, "%s: a picture of more than %d bytes", reader->name, PHOTO_FILE);
	if (question_put(helper, reader, err) != 0)
		return -1;
	if (!helper_wake(helper)) { /* killed by someone: a picture has nothing to do with that */
		helper_stop(helper);
		if (question_put(helper, reader, err) != 0)
			return -1;
		helper_wake(helper);
	}
	return helper_wait(helper) ? photo_take(helper, reader, err) : helper_died(helper, reader, err);
}

int confined_decode(const struct photo_reader *reader, struct err *err)
{
	struct helper *helper = helper_take(err);
	if (helper == NULL)
		return -1;
	int code = decode(helper, reader, err);
	helper_leave(helper);
	return code;
}
