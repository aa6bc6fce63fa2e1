/* Threads: each number is called once in each call, on threads of their own, whether they turn or sleep before it. */
#include <convoy/base.h>

#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <cmocka.h>

enum { MOST = 9 };

struct tally {
	size_t calls[MOST];
	atomic_size_t within; /* that have begun */
	size_t threads;
	bool signals;
};

static void count(void *context, size_t thread)
{
	struct tally *tally = context;
	sigset_t blocked;
	tally->calls[thread]++;
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	if (thread > 0 && sigismember(&blocked, SIGTERM) != 1)
		tally->signals = true;
}

/* Goes on only when all are here, so that it ends only if each has a thread of its own. */
static void meet(void *context, size_t thread)
{
	struct tally *tally = context;
	(void)thread;
	atomic_fetch_add(&tally->within, 1);
	while (atomic_load(&tally->within) % tally->threads != 0)
		nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
}

static void rest(long nanoseconds)
{
	nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
}

static void each_number_is_called_once(void **state)
{
	(void)state;
	for (size_t threads = 1; threads <= MOST; threads += 2) {
		struct threads *t;
		struct err err = {0};
		struct tally tally = {.threads = threads};
		assert_int_equal(threads_open(&t, threads, &err), 0);
		assert_int_equal(threads_count(t), threads);
		for (size_t calls = 1; calls <= 2000; calls++) {
			threads_run(t, count, &tally);
			for (size_t i = 0; i < MOST; i++)
				assert_int_equal(tally.calls[i], i < threads ? calls : 0);
			if (calls % 100 == 0)
				rest(calls % 200 == 0 ? 1000000 : 100000); /* asleep, or about to be */
		}
		threads_close(t);
		assert_false(tally.signals);
	}
}

static void slow_work(void *context, size_t thread)
{
	struct tally *tally = context;
	if (thread % 2 == 1)
		rest(1000000);
	tally->calls[thread]++;
}

/* The caller returns after the last of them, also if it slept in between. */
static void the_slowest_is_awaited(void **state)
{
	(void)state;
	struct threads *t;
	struct err err = {0};
	struct tally tally = {.threads = 4};
	assert_int_equal(threads_open(&t, 4, &err), 0);
	for (size_t calls = 1; calls <= 20; calls++) {
		threads_run(t, slow_work, &tally);
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(tally.calls[i], calls);
	}
	threads_close(t);
}

static void they_run_at_the_same_time(void **state)
{
	(void)state;
	struct threads *t;
	struct err err = {0};
	struct tally tally = {.threads = 5};
	assert_int_equal(threads_open(&t, 5, &err), 0);
	for (size_t calls = 1; calls <= 50; calls++) {
		threads_run(t, meet, &tally);
		assert_int_equal(tally.within, 5 * calls);
	}
	threads_close(t);
}

static void without_threads_the_caller_works(void **state)
{
	(void)state;
	struct tally tally = {0};
	threads_run(NULL, count, &tally);
	assert_int_equal(tally.calls[0], 1);
	assert_int_equal(threads_count(NULL), 1);
	threads_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_is_called_once),
		cmocka_unit_test(the_slowest_is_awaited),
		cmocka_unit_test(they_run_at_the_same_time),
		cmocka_unit_test(without_threads_the_caller_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
