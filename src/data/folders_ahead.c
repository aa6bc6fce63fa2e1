/* Reads pictures ahead of their use, on several cores, and gives them in their order. */
#include "folders.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Pictures that a thread may be ahead, and bytes that all may be. */
enum { AHEAD = 8, AHEAD_BYTES = 1 << 27 };

struct slot {
	bool ready;
	size_t bytes; /* of the picture */
	struct photo photo;
	struct err trouble;
};

struct ahead {
	const struct folders *folders;
	const struct list *list;
	const uint32_t *order; /* NULL: as in the list */
	bool fits;
	size_t threads;
	pthread_t *thread; /* [threads] */
	size_t slots;
	struct slot *slot; /* [slots]: of picture n the slot n % slots */
	pthread_mutex_t mutex;
	pthread_cond_t wanted, ready;
	/* Under the mutex: */
	size_t begun, taken; /* pictures that a thread has begun with, and that the caller took */
	size_t bytes;        /* of pictures that wait for the caller */
	bool ends;
};

const struct picture_file *ahead_file(const struct ahead *a, size_t n)
{
	return &a->list->file[a->order != NULL ? a->order[n] : n];
}

static void slot_fill(const struct ahead *a, size_t n, struct slot *slot)
{
	const struct picture_file *file = ahead_file(a, n);
	const struct import_options *o = a->folders->options;
	struct photo *photo = &slot->photo, fitted;
	int code = page_read(a->folders, file, photo, &slot->trouble);
	if (code == 0 && a->fits && o->rows > 0 && (photo->rows != o->rows || photo->columns != o->columns)) {
		photo_fit(&fitted, photo, o->rows, o->columns, &slot->trouble);
		photo_free(photo);
		*photo = fitted;
	}
	if (photo->sample != NULL)
		slot->bytes = photo->maps * photo->rows * photo->columns * photo_number_bytes(photo->number);
}

/* Takes the number of the next picture, when there is room for it. The caller takes pictures in the order in which
 * threads begin with them, so room will come. false: there is none left to read. */
static bool next_begin(struct ahead *a, size_t *n)
{
	pthread_mutex_lock(&a->mutex);
	while (!a->ends && a->begun < a->list->count && (a->begun - a->taken == a->slots || a->bytes >= AHEAD_BYTES))
		pthread_cond_wait(&a->wanted, &a->mutex);
	bool more = !a->ends && a->begun < a->list->count;
	*n = a->begun;
	a->begun += more;
	pthread_mutex_unlock(&a->mutex);
	return more;
}

static void *thread_run(void *context)
{
	struct ahead *a = context;
	for (size_t n; next_begin(a, &n);) {
		struct slot *slot = &a->slot[n % a->slots];
		slot_fill(a, n, slot);
		pthread_mutex_lock(&a->mutex);
		slot->ready = true;
		a->bytes += slot->bytes;
		if (n == a->taken)
			pthread_cond_signal(&a->ready);
		pthread_mutex_unlock(&a->mutex);
	}
	return NULL;
}

/* Signals are for the thread of the caller. Fewer threads than wanted do the work too. */
static int threads_start(struct ahead *a, size_t wanted, struct err *err)
{
	sigset_t all, old;
	int code = 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (code == 0 && a->threads < wanted) {
		code = pthread_create(&a->thread[a->threads], NULL, thread_run, a);
		a->threads += code == 0;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (a->threads == 0)
		return err_set(err, EX_OSERR, "%s: cannot start a thread: %s", a->folders->options->source, strerror(code));
	return 0;
}

struct ahead *ahead_open(const struct folders *folders, const struct list *list, const uint32_t *order, bool fits,
                         struct err *err)
{
	struct ahead *a = memory_zeroed(1, sizeof *a, err);
	size_t threads = folders->options->threads > 0 ? folders->options->threads : cores_usable();
	if (a == NULL)
		return NULL;
	threads = threads < list->count ? threads : list->count > 0 ? list->count : 1;
	*a = (struct ahead){.folders = folders, .list = list, .order = order, .fits = fits, .slots = AHEAD * threads};
	pthread_mutex_init(&a->mutex, NULL);
	pthread_cond_init(&a->wanted, NULL);
	pthread_cond_init(&a->ready, NULL);
	a->thread = memory_zeroed(threads, sizeof *a->thread, err);
	a->slot = memory_zeroed(a->slots, sizeof *a->slot, err);
	if (a->thread != NULL && a->slot != NULL && threads_start(a, threads, err) == 0)
		return a;
	ahead_close(a);
	return NULL;
}

int ahead_next(struct ahead *a, struct photo *out, struct err *err)
{
	struct slot *slot = &a->slot[a->taken % a->slots];
	pthread_mutex_lock(&a->mutex);
	while (!slot->ready)
		pthread_cond_wait(&a->ready, &a->mutex);
	struct err trouble = slot->trouble;
	*out = slot->photo;
	a->bytes -= slot->bytes;
	*slot = (struct slot){0};
	a->taken++;
	pthread_cond_broadcast(&a->wanted);
	pthread_mutex_unlock(&a->mutex);
	return trouble.code == 0 ? 0 : err_set(err, trouble.code, "%s", trouble.text);
}

void ahead_close(struct ahead *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->mutex);
	a->ends = true;
	pthread_cond_broadcast(&a->wanted);
	pthread_mutex_unlock(&a->mutex);
	for (size_t i = 0; i < a->threads; i++)
		pthread_join(a->thread[i], NULL);
	for (size_t i = 0; a->slot != NULL && i < a->slots; i++)
		photo_free(&a->slot[i].photo);
	pthread_cond_destroy(&a->ready);
	pthread_cond_destroy(&a->wanted);
	pthread_mutex_destroy(&a->mutex);
	free(a->slot);
	free(a->thread);
	free(a);
}
