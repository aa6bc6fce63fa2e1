/* Ranks that add a number for ever, until one of them goes wrong: what the watchdog is for. stall.sh runs it.
 * hang WAY RANK SECONDS: rank RANK goes wrong after some steps; the watchdog waits for SECONDS. Ends by itself, with 0,
 * only where it must not be ended. */
#include "../../src/comm/comm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 20, WRONG = 7 };

static void stalled(const char *text, int code)
{
	if (text != NULL) {
		char line[600];
		int length = snprintf(line, sizeof line, "%s\n", text);
		if (write(STDOUT_FILENO, line, (size_t)length) != length)
			code = EX_IOERR;
	}
	_exit(code);
}

/* Works for `seconds`, and shows it if it has something to show. */
static void work(struct comm *comm, double seconds, bool show)
{
	for (double began = clock_seconds(); clock_seconds() - began < seconds;)
		if (show)
			comm_progress(comm);
}

static void go_wrong(struct comm *comm, const char *way, double limit)
{
	if (strcmp(way, "loop") == 0)
		work(comm, 1e9, false);
	if (strcmp(way, "stop") == 0)
		raise(SIGSTOP);
	if (strcmp(way, "die") == 0)
		raise(SIGKILL);
	if (strcmp(way, "disk") == 0) {
		comm_phase(comm, PHASE_SAVE, WRONG);
		work(comm, 1e9, false);
	}
	if (strcmp(way, "slow") == 0) /* slower than the limit, but at work: not to be ended */
		work(comm, 3 * limit, true);
	if (strcmp(way, "slowdisk") == 0) { /* longer than the limit, within that of files */
		comm_phase(comm, PHASE_SAVE, WRONG);
		work(comm, 2 * limit, false);
	}
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct comm *comm = comm_open(&argc, &argv, &err);
	if (comm == NULL || argc != 4)
		return EX_USAGE;
	size_t wrong = strtoul(argv[2], NULL, 10);
	double limit = strtod(argv[3], NULL);
	int code = comm_watch(comm, limit, stalled, &err);
	for (uint64_t step = 1; code == 0 && step <= STEPS; step++) {
		int64_t one = 1;
		comm_phase(comm, PHASE_COMPUTE, step);
		if (step == WRONG - 1 && strcmp(argv[1], "stop") != 0)
			comm_saved(comm);
		if (step == WRONG && comm_rank(comm) == wrong)
			go_wrong(comm, argv[1], limit);
		code = comm_sum(comm, 1, &one, &err);
	}
	if (code == 0 && strcmp(argv[1], "end") == 0 && comm_rank(comm) == wrong)
		work(comm, 1e9, false);
	comm_close(comm);
	return code == 0 ? 0 : err.code;
}
