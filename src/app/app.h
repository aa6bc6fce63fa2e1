/* What the commands share: how they are listed, parse their options, speak and end. */
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
extern const struct command watch_command;
extern const struct command predict_command, export_command;
extern const struct command import_command;

/* Parses options; --help and --version print and exit. −1 and EX_USAGE, naming the word that is wrong, otherwise. A
 * parser sets the err that is its state->input's first member and returns EINVAL; for values it uses the functions
 * below. */
int app_parse(const struct argp *argp, int argc, char **argv, void *input, struct err *err);

/* Values of options, with limits; −1 and EX_USAGE naming the option. */
int app_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *value, struct err *err);
int app_real(const char *option, const char *text, double least, double most, double *value, struct err *err);

/* The one operand of a command, while its words are parsed: operand_take for each that is there, operand_check behind
 * the last. EX_USAGE for a second one, and for none; `one` and `which` name it ("job file", "run's directory"). */
int operand_take(const char *command, const char *one, char *word, const char **operand, struct err *err);
int operand_check(const char *command, const char *which, const char *operand, struct err *err);

/* A colour as colour_parse has it. */
int app_colour(const char *option, const char *text, struct colour *value, struct err *err);

/* Prints one line on stdout, with '?' in place of control characters: names that come from files and command lines may
 * hold any. The newline is added. */
void app_print(const char *format, ...) CONVOY_PRINTF(1, 2);

/* Prints "convoy: text" on stderr, in one line whatever the text holds. */
void app_say(const char *text);

enum { STALL_SECONDS = 300 }; /* without progress, unless an option says otherwise */

/* Says `text`, if any, and ends this process at once, whatever its other threads are doing. */
_Noreturn void app_drop(const char *text, int status);

/* Says the error and returns the exit status. */
int app_fail(const struct err *err);

/* The same where MPI would tell which rank this is, but has not started: what a launcher calls the first task speaks at
 * once, the others some seconds later, when the launcher has ended them as a rule. All speak rather than none. */
int app_fail_early(const struct err *err);

/* The exit status of a command that ends with `status`: EX_IOERR, and said, where its output could not be written. */
int app_flush(int status);

/* Prints the versions of convoy and of its libraries; the exit status. */
int app_version(void);

/* Ranks and kernels, for commands that compute. */
struct team {
	struct comm *comm; /* NULL: MPI has not started */
	bool apart;        /* a launcher started many tasks, but MPI joins none of them: each is a run by itself */
	const struct kernels *kernels;
};

/* Starts MPI. Of many ranks only the first prints on stdout from then on; of tasks that are apart one
 * says so. Collective. */
int team_open(struct team *team, int *argc, char ***argv, struct err *err);

/* Says the error, from one rank, and returns the exit status. Local. */
int team_fail(const struct team *team, const struct err *err);

/* Collective. */
void team_close(struct team *team);

/* Values of a job file that options set: --set KEY=VALUE, and options that stand for a key. */
enum { EDITS = 64 };
struct edits {
	size_t count;
	char *text[EDITS]; /* "KEY=VALUE", owned */
};

/* Adds "key=value", or with key NULL `value` as it is. EX_USAGE where there are too many. */
int edits_add(struct edits *edits, const char *key, const char *value, struct err *err);
void edits_free(struct edits *edits);

/* "; did you mean '--rate'?", with `dashes` before the word; "" where none is near. Returns `text`. */
enum { MEANT = 64 };
const char *app_meant(const struct suggestion *suggestion, const char *dashes, char text[MEANT]);

/* Whether the file is a checkpoint (by its first bytes), not a job file. */
bool app_is_checkpoint(const char *path);

/* job_read of a regular file: a pipe could be read by one rank only and keep it waiting. A checkpoint is named as what
 * it is. */
struct job *app_job_read(const char *path, const struct edits *edits, struct err *err);

/* Whether the path names a file. EX_USAGE, too, where a checkpoint stands there and what is to be written is none: a
 * run's work is not to be lost by a slip of the hand. To be asked before the work is done. */
int app_may_write(const char *path, bool checkpoint, struct err *err);

/* file_write to a path where app_may_write. */
int app_write(const char *path, const void *bytes, size_t count, struct err *err);

/* Prints a network as a graph in the language of Graphviz: a node for the input and for each layer. */
void dot_print(const struct model *model, bool checkpoint);

/* Whether what is printed on stdout is seen on a terminal, also behind mpirun, which gives its ranks a pseudo-terminal
 * whatever its own output goes to. To be asked before MPI starts, which may announce a launcher where there is none. */
bool terminal_is_watched(void);

/* Columns of that terminal, and its lines; 80 and 24 where it does not say. */
int terminal_columns(void);
int terminal_lines(void);

/* Errors of epochs (of the validation or the test set) as a line of `width` blocks, "▇▅▃▂▁", or of characters
 * where blocks cannot be shown; more epochs than blocks: means of neighbours. record: the first of `count` ≥ 1,
 * `stride` bytes apart; width 1 … SPARK. Returns the blocks that were used. */
enum { SPARK = 64 };
size_t spark_text(const struct record *record, size_t count, size_t stride, bool validation, size_t width,
                  char text[3 * SPARK + 1]);

#endif
