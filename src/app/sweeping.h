/* The directory of a sweep: the jobs in it, and training them one after another. */
#ifndef CONVOY_APP_SWEEPING_H
#define CONVOY_APP_SWEEPING_H

#include "app.h"

/* Returns `directory`/NAME`ending` of a job: its file with ".yaml", its run's directory with "". Free with free(). NULL
 * on failure. */
char *sweep_path(const char *directory, const struct sweep *sweep, size_t job, const char *ending, struct err *err);

/* Trains the jobs of a sweep one after another, each as a process: the words of `launch` (NULL: none), then this
 * program with train. Passes over what is done, continues what was stopped. A job that fails does not end the others.
 * SIGTERM, SIGINT, SIGHUP and SIGUSR1 end the sweep, after the job that runs has written a checkpoint. Gives the exit
 * status: 0 if all jobs are done, EX_TEMPFAIL if the sweep was stopped, otherwise that of the first job that failed.
 * Returns −1 and `err` if it cannot begin: EX_CONFIG if the files of the jobs are not those of the table. */
int sweep_run(const char *directory, const struct sweep *sweep, const char *launch, int *status, struct err *err);

#endif
