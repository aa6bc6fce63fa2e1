/* What the commands share: how they are listed, parse their options, speak and end. */
#ifndef CONVOY_APP_APP_H
#define CONVOY_APP_APP_H

#include <convoy/train.h>

#include <argp.h>
#include <stdio.h>

/* A command: run gets its own name as argv[0] and returns the exit status. */
struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
};

extern const struct command train_command, eval_command, show_command, check_command, verify_command, diff_command,
	prune_command;

/* Parses options; --help prints and exits. −1 and EX_USAGE in one line otherwise. A parser sets the err that is its
 * state->input's first member and returns EINVAL; for values it uses the functions below. */
int app_parse(const struct argp *argp, int argc, char **argv, void *input, struct err *err);

/* Values of options, with limits; −1 and EX_USAGE naming the option. */
int app_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value, struct err *err);
int app_real(const char *option, const char *text, double least, double most, double *value, struct err *err);

/* Prints "convoy: text" on stderr, from one rank only, and returns the exit status. */
int app_fail(const struct err *err);

/* Ranks, kernels and their agreement, for commands that compute. Collective. */
struct session {
	struct comm *comm;
	const struct kernels *kernels;
};
int session_open(struct session *session, int *argc, char ***argv, struct err *err);
void session_close(struct session *session);

/* Whether the file is a checkpoint (by its first bytes), not a job file. */
bool app_is_checkpoint(const char *path);

/* "60,850" into text. */
enum { THOUSANDS = 32 };
const char *app_thousands(uint64_t number, char text[THOUSANDS]);

/* A directory and the last component of a path, for file_write; both to free with free(). */
int app_split_path(const char *path, char **directory, char **name, struct err *err);

/* Whether what is printed on stdout is seen on a terminal, also behind mpirun, which gives its ranks a pseudo-terminal
 * whatever its own output goes to. */
bool terminal_is_watched(void);

/* Columns of that terminal; 80 where it does not say. */
int terminal_columns(void);

#endif
