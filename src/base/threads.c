/* Threads: the only file that names OpenMP. */
#include <convoy/base.h>

void threads_run(size_t threads, void (*work)(void *context, size_t thread), void *context)
{
	if (threads == 1) {
		work(context, 0);
		return;
	}
#ifdef _OPENMP
	/* Where OpenMP grants fewer threads than asked for, each takes several numbers: none is left out. */
#pragma omp parallel for schedule(static, 1) num_threads((int)threads)
#endif
	for (size_t thread = 0; thread < threads; thread++)
		work(context, thread);
}
