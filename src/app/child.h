/* A process that a sweep starts, with the signals that go to it. */
#ifndef CONVOY_APP_CHILD_H
#define CONVOY_APP_CHILD_H

#include "app.h"

#include <signal.h>

/* What was in force before: of the processes that this one starts, and where signals are waited for. */
struct signals {
	sigset_t open, defaults;
};

/* Holds SIGTERM, SIGINT, SIGHUP, SIGUSR1 and SIGUSR2 back, from now on: they come while a process is waited for. */
void signals_hold(struct signals *signals);

/* Takes those that have come since. Returns whether one so far asks to stop. */
bool signals_stop(const struct signals *signals);

enum { CHILD_LINE = 512 };

/* Starts the process of these words, NULL behind them, and waits for its end. The first request to stop becomes
 * SIGUSR1, with which trainings and launchers stop with a checkpoint; a further one is SIGINT. Gives its exit status,
 * 128 and the number if a signal ended it, and convoy's last line on its stderr without "convoy: ". EX_OSERR;
 * EX_UNAVAILABLE if it cannot be started. */
int child_run(char *const *word, const struct signals *signals, int *status, char last[CHILD_LINE], struct err *err);

#endif
