/* Threads that wait for work. A thread that waits turns for a moment, then sleeps: the next work of a step mostly comes
 * sooner than the system wakes a thread, and a core that others need too is soon given back. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include <convoy/base.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

size_t cores_usable(void)
{
	int cores = 0;
#ifdef __linux__
	cpu_set_t own;
	if (sched_getaffinity(0, sizeof own, &own) == 0)
		cores = CPU_COUNT(&own);
#endif
	return cores > 0 ? (size_t)cores : 1;
}

static const double turn_seconds = 100e-6; /* that a thread looks for work before it sleeps */

struct helper {
	struct threads *all;
	size_t number; /* from 1 on: the caller is 0 */
	pthread_t thread;
};

struct threads {
	size_t count, started; /* of all; of helpers */
	struct helper *helper; /* [count − 1] */
	pthread_mutex_t mutex;
	pthread_cond_t begun, ended;
	void (*work)(void *context, size_t thread); /* NULL: the helpers end */
	void *context;
	atomic_size_t calls;  /* to threads_run, and the last one of threads_close */
	atomic_size_t behind; /* helpers that have not ended this call */
};

static void turn_once(void)
{
#if defined __x86_64__
	__builtin_ia32_pause();
#elif defined __aarch64__
	__asm__ volatile("yield");
#endif
}

/* Returns when *number is (`equal`), or no longer is, `value`. `changed` is signalled after each change. */
static void number_await(struct threads *t, atomic_size_t *number, size_t value, bool equal, pthread_cond_t *changed)
{
	double began = clock_seconds();
	while (clock_seconds() - began < turn_seconds)
		for (int n = 0; n < 16; n++) {
			if ((atomic_load_explicit(number, memory_order_acquire) == value) == equal)
				return;
			turn_once();
		}
	pthread_mutex_lock(&t->mutex);
	while ((atomic_load_explicit(number, memory_order_acquire) == value) != equal)
		pthread_cond_wait(changed, &t->mutex);
	pthread_mutex_unlock(&t->mutex);
}

static void *helper_run(void *own)
{
	const struct helper *helper = own;
	struct threads *t = helper->all;
	for (size_t calls = 0;; calls++) {
		number_await(t, &t->calls, calls, false, &t->begun);
		if (t->work == NULL)
			return NULL;
		t->work(t->context, helper->number);
		if (atomic_fetch_sub_explicit(&t->behind, 1, memory_order_acq_rel) == 1) {
			pthread_mutex_lock(&t->mutex); /* else the caller could look just before, and sleep just after */
			pthread_cond_signal(&t->ended);
			pthread_mutex_unlock(&t->mutex);
		}
	}
}

static void call_begin(struct threads *t, void (*work)(void *context, size_t thread), void *context)
{
	t->work = work;
	t->context = context;
	atomic_store_explicit(&t->behind, t->started, memory_order_relaxed);
	pthread_mutex_lock(&t->mutex);
	atomic_fetch_add_explicit(&t->calls, 1, memory_order_release);
	pthread_cond_broadcast(&t->begun);
	pthread_mutex_unlock(&t->mutex);
}

/* Signals are for the thread of the caller: the helpers take none. */
static int helpers_start(struct threads *t, struct err *err)
{
	sigset_t all, earlier;
	int code = 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &earlier);
	for (; code == 0 && t->started < t->count - 1; t->started += code == 0) {
		struct helper *helper = &t->helper[t->started];
		*helper = (struct helper){.all = t, .number = t->started + 1};
		code = pthread_create(&helper->thread, NULL, helper_run, helper);
	}
	pthread_sigmask(SIG_SETMASK, &earlier, NULL);
	if (code != 0)
		return err_set(err, EX_OSERR, "cannot start thread %zu of %zu: %s (fewer train.threads, or a higher ulimit -u)",
		               t->started + 2, t->count, strerror(code));
	return 0;
}

int threads_open(struct threads **out, size_t count, struct err *err)
{
	*out = NULL;
	struct threads *t = memory_zeroed(1, sizeof *t, err);
	if (t == NULL)
		return -1;
	t->count = count;
	pthread_mutex_init(&t->mutex, NULL);
	pthread_cond_init(&t->begun, NULL);
	pthread_cond_init(&t->ended, NULL);
	t->helper = memory_zeroed(count, sizeof *t->helper, err);
	if (t->helper == NULL || helpers_start(t, err) != 0) {
		threads_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

void threads_close(struct threads *t)
{
	if (t == NULL)
		return;
	call_begin(t, NULL, NULL);
	for (size_t i = 0; i < t->started; i++)
		pthread_join(t->helper[i].thread, NULL);
	pthread_cond_destroy(&t->ended);
	pthread_cond_destroy(&t->begun);
	pthread_mutex_destroy(&t->mutex);
	free(t->helper);
	free(t);
}

size_t threads_count(const struct threads *t)
{
	return t != NULL ? t->count : 1;
}

void threads_run(struct threads *t, void (*work)(void *context, size_t thread), void *context)
{
	if (threads_count(t) > 1)
		call_begin(t, work, context);
	work(context, 0);
	if (threads_count(t) > 1)
		number_await(t, &t->behind, 0, true, &t->ended);
}
