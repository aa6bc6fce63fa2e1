/* What the commands share: their list, options, output, errors and exit statuses. */
#ifndef CONVOY_APP_APP_H
#define CONVOY_APP_APP_H

#include <convoy/picture.h>
#include <convoy/train.h>

#include <argp.h>
#include <stdio.h>

/* A command: run gets its own name as argv[0] and returns the exit status. */
struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
};

extern const struct command train_command, eval_command, show_command, check_command, verify_command, diff_command,
	prune_command, bench_command, pictures_command, report_command;
extern const struct command watch_command, sweep_command;
extern const struct command predict_command, export_command;
extern const struct command import_command, import_onnx_command;

/* Parses options. --help and --version print and exit. EX_USAGE names a wrong word. A parser reports an error by
 * setting the err that is the first member of its state->input, and returning EINVAL. It parses values with the
 * functions below. */
int app_parse(const struct argp *argp, int argc, char **argv, void *input, struct err *err);

/* Parse values of options, with limits. EX_USAGE names the option. */
int app_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value, struct err *err);
int app_real(const char *option, const char *text, double least, double most, double *value, struct err *err);

/* The one operand of a command, while its words are parsed: operand_take for each that is there, operand_check behind
 * the last. EX_USAGE for a second one, and for none; `one` and `which` name it ("job file", "run's directory"). */
int operand_take(const char *command, const char *one, char *word, const char **operand, struct err *err);
int operand_check(const char *command, const char *which, const char *operand, struct err *err);

/* Parses a colour as colour_parse does. EX_USAGE names the option. */
int app_colour(const char *option, const char *text, struct colour *value, struct err *err);

/* Returns the "s" of so many things, "" for one. */
const char *app_plural(uint64_t count);

/* Prints one line on stdout and adds the newline. Prints '?' for control characters, which names from files and command
 * lines can hold. */
void app_print(const char *format, ...) CONVOY_PRINTF(1, 2);

/* Prints "convoy: text" on stderr, always as one line. */
void app_say(const char *text);

enum { STALL_SECONDS = 300 }; /* without progress, unless an option says otherwise */

/* Prints `text`, if any, and ends this process at once with all its threads. */
_Noreturn void app_drop(const char *text, int status);

/* Prints the error and returns the exit status. */
int app_fail(const struct err *err);

/* Does the same before MPI has started, when no rank is known. The launcher's first task prints at once. The others
 * print some seconds later; as a rule the launcher has ended them by then. If not, it is better that all print than
 * none. */
int app_fail_early(const struct err *err);

/* Returns the exit status of a command that ends with `status`. If its output could not be written, prints that and
 * returns EX_IOERR. */
int app_flush(int status);

/* Prints the versions of convoy and of its libraries, and returns the exit status. */
int app_version(void);

/* Ranks and kernels, for commands that compute. */
struct team {
	struct comm *comm; /* NULL: MPI has not started */
	bool apart;        /* a launcher started many tasks, but MPI joins none of them: each runs alone */
	const struct kernels *kernels;
};

/* Starts MPI. From then on only rank 0 prints on stdout. If tasks are apart, one of them says so. Collective. */
int team_open(struct team *team, int *argc, char ***argv, struct err *err);

/* Return this rank and the number of ranks; 0 and 1 if MPI has not started. Local. */
size_t team_rank(const struct team *team);
size_t team_ranks(const struct team *team);

/* Does what comm_agree does; without MPI returns `code`. Collective. */
int team_agree(const struct team *team, int code, struct err *err);

/* Loads a checkpoint on rank 0 and gives the model to all ranks. Collective. */
int team_model(const struct team *team, const char *path, struct model **model, struct err *err);

/* Prints the error on one rank, and returns the exit status. Local. */
int team_fail(const struct team *team, const struct err *err);

/* Accepts a team without MPI. Collective. */
void team_close(struct team *team);

/* Values of a job file that options set: by --set KEY=VALUE, or by an option for one key. */
enum { EDITS = 64 };
struct edits {
	size_t count;
	char *text[EDITS]; /* "KEY=VALUE", owned */
};

/* Adds "key=value", or `value` itself if key is NULL. EX_USAGE if there are too many. */
int edits_add(struct edits *edits, const char *key, const char *value, struct err *err);
void edits_free(struct edits *edits);

/* Writes "; did you mean '--rate'?", with `dashes` before the word, or "" if no word is near. Returns `text`. */
enum { MEANT = 64 };
const char *app_meant(const struct suggestion *suggestion, const char *dashes, char text[MEANT]);

/* Returns whether a file is a checkpoint, by its first bytes. */
bool app_is_checkpoint(const char *path);

/* Reads a job from a regular file as job_read does. Refuses pipes, because only one rank could read a pipe. The error
 * for a checkpoint says that it is one. */
struct job *app_job_read(const char *path, const struct edits *edits, struct err *err);

/* Checks that a command can write to `path`. EX_USAGE if it is no name of a file, or if it is a checkpoint and the new
 * file is not, so that a typing error does not destroy a run. Call it before the work. */
int app_may_write(const char *path, bool checkpoint, struct err *err);

/* Checks that nothing is called `path`, which an option names, unless it may be replaced. EX_USAGE. */
int app_is_new(const char *path, const char *option, bool force, struct err *err);

/* Writes a file by file_write, after app_may_write. */
int app_write(const char *path, const void *bytes, size_t count, struct err *err);

/* Prints a network as a graph in the language of Graphviz: a node for the input and for each layer. */
void dot_print(const struct model *model, bool checkpoint);

/* Returns whether stdout ends on a terminal. That is also right under mpirun, which always gives its ranks a
 * pseudo-terminal. Call it before MPI starts, because MPI may set the variables of a launcher. */
bool terminal_is_watched(void);

/* Return the columns and lines of that terminal; 80 and 24 if they are not known. */
int terminal_columns(void);
int terminal_lines(void);

/* Draws the errors of epochs, on the validation or the test set, as a line of `width` blocks "▇▅▃▂▁", 1 … SPARK. Uses
 * other characters if the locale has no blocks. With more epochs than blocks, a block is the mean of neighbours.
 * `record` is the first of `count` ≥ 1 records, `stride` bytes apart. Returns the number of blocks used. */
enum { SPARK = 64 };
size_t spark_text(const struct record *record, size_t count, size_t stride, bool validation, size_t width,
                  char text[3 * SPARK + 1]);

#endif
