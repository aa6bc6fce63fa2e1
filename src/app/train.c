/* convoy train JOB.yaml: trains, with checkpoints, metrics and a report of progress. */
#include <config.h>
#include "app.h"
#include "progress.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *job;
	struct train_options options;
	struct edits edits;
	double stall;      /* seconds without progress that end the job */
	char *output;      /* owned default of --output */
	bool watched;      /* the output, by a terminal */
};

static volatile sig_atomic_t stop_wanted, quit_wanted, save_wanted;

static void on_signal(int number)
{
	if (number == SIGINT && quit_wanted) { /* asked twice: at once */
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
	}
	if (number == SIGTERM || number == SIGINT)
		quit_wanted = 1;
	else if (number == SIGUSR2)
		save_wanted = 1;
	else
		stop_wanted = 1;
}

/* Early: before MPI starts, since a batch system may be early too; what else ends a process does so until it trains. */
static void signals_catch(bool early)
{
	/* SIGHUP, SIGPIPE: the terminal is gone, or who read the output. */
	static const int all[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT, SIGPIPE, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, earlier;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < (early ? 2 : sizeof all / sizeof *all); i++) {
		bool nohup = all[i] == SIGHUP && sigaction(SIGHUP, NULL, &earlier) == 0 && earlier.sa_handler == SIG_IGN;
		if (!nohup)
			sigaction(all[i], &action, NULL);
	}
}

enum {
	OUTPUT = 'o', RESUME = 'r', DATA = 'd', EPOCHS = 'e', BATCH = 'b', SEED = 's', THREADS = 't', SET = 'S',
	RATE = 256, TIME_LIMIT, STOP_AT, STALL, START, LAYERS, NORMALIZATION, CHANGED, /* no letter */
};

static const struct argp_option options[] = {
	{"output", OUTPUT, "DIR", 0, "Where checkpoints and metrics.csv go (default: runs/NAME)", 0},
	{"resume", RESUME, "CKPT", OPTION_ARG_OPTIONAL,
	 "Continue from the newest good checkpoint in DIR, if there is any, or from CKPT", 0},
	{"changed", CHANGED, NULL, 0,
	 "Continue although the job has another train.batch or train.optimizer, or other frozen layers", 0},
	{"start-from", START, "FILE", 0,
	 "Begin with parameters of FILE, a checkpoint of any job or an HDF5 file, where names and shapes match", 0},
	{"layers", LAYERS, "NAMES", 0, "Take only these layers from FILE, with commas between", 0},
	{"take-normalization", NORMALIZATION, NULL, 0, "Take the normalization of the inputs from FILE too", 0},
	{"data", DATA, "DIR", 0, "Read the data set from DIR", 0},
	{"epochs", EPOCHS, "N", 0, "Train N epochs (train.epochs)", 0},
	{"batch", BATCH, "N", 0, "Samples of a step, over all ranks (train.batch)", 0},
	{"rate", RATE, "X", 0, "Learning rate (train.rate)", 0},
	{"seed", SEED, "N", 0, "Seed of all random numbers (train.seed)", 0},
	{"threads", THREADS, "N", 0, "Threads of each rank (train.threads); not stored in checkpoints", 0},
	{"set", SET, "KEY=VALUE", 0, "Set any scalar of the job file, e.g. train.momentum=0.8 or 'layers[2].maps=20'", 0},
	{"time-limit", TIME_LIMIT, "MIN", 0, "Stop with a checkpoint within MIN minutes (exit status 75)", 0},
	{"stop-at", STOP_AT, "STEP", 0, "Stop with a checkpoint after this step (exit status 75)", 0},
	{"stall-timeout", STALL, "SECONDS", 0, "End the job when it makes no progress for SECONDS (default: 300)", 0},
	{0},
};

static int start_check(const struct train_options *o, struct err *err)
{
	if (o->start.file == NULL && (o->start.layers != NULL || o->start.normalization))
		return err_set(err, EX_USAGE, "train: --%s needs --start-from FILE",
		               o->start.layers != NULL ? "layers" : "take-normalization");
	if (o->changed && !o->resume)
		return err_set(err, EX_USAGE, "train: --changed needs --resume");
	if (o->start.file != NULL && o->from != NULL)
		return err_set(err, EX_USAGE, "train: --start-from begins a run, --resume=CKPT continues one: "
		               "give one of them");
	return 0;
}

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	double minutes = 0;
	int code = 0;
	switch (key) {
	case OUTPUT:
		a->options.output = value;
		break;
	case RESUME:
		a->options.resume = true;
		a->options.from = value;
		break;
	case CHANGED:
		a->options.changed = true;
		break;
	case START:
		a->options.start.file = value;
		break;
	case LAYERS:
		a->options.start.layers = value;
		break;
	case NORMALIZATION:
		a->options.start.normalization = true;
		break;
	case DATA:
		a->options.data = value;
		break;
	case EPOCHS:
		code = edits_add(&a->edits, "train.epochs", value, &a->err);
		break;
	case BATCH:
		code = edits_add(&a->edits, "train.batch", value, &a->err);
		break;
	case RATE:
		code = edits_add(&a->edits, "train.rate", value, &a->err);
		break;
	case SEED:
		code = edits_add(&a->edits, "train.seed", value, &a->err);
		break;
	case THREADS:
		code = app_number("--threads", value, 1, JOB_THREADS, &a->options.threads, &a->err);
		break;
	case SET:
		code = edits_add(&a->edits, NULL, value, &a->err);
		break;
	case TIME_LIMIT:
		code = app_real("--time-limit", value, 0.001, 1e6, &minutes, &a->err);
		a->options.time_limit = 60 * minutes;
		break;
	case STOP_AT:
		code = app_number("--stop-at", value, 1, (uint64_t)1 << 53, &a->options.stop_at, &a->err);
		break;
	case STALL:
		code = app_real("--stall-timeout", value, 1, 1e6, &a->stall, &a->err);
		break;
	case ARGP_KEY_ARG:
		code = operand_take("train", "job file", value, &a->job, &a->err);
		break;
	case ARGP_KEY_END:
		code = operand_check("train", "job file", a->job, &a->err);
		if (code == 0)
			code = start_check(&a->options, &a->err);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return code == 0 ? 0 : EINVAL;
}

/* "2 ranks of 4 threads on 8 cores of 1 node", and whether they get in each other's way. */
static void cores_print(size_t ranks, const struct cores *c)
{
	printf("%zu rank%s of %zu thread%s", ranks, app_plural(ranks), c->threads / ranks, app_plural(c->threads / ranks));
	if (c->unknown == 0)
		printf(" on %zu core%s", c->cores, app_plural(c->cores));
	printf(" of %zu node%s%s\n", c->nodes, app_plural(c->nodes),
	       c->crowded > 0 ? ": some share a core, fewer or another binding may be faster" :
	       c->beset > 0 ? ": another run is bound to the same core, 'mpirun --bind-to none' keeps them apart" : "");
}

static void head_print(const struct job *job, const struct team *s, const struct cores *cores)
{
	size_t ranks = comm_ranks(s->comm);
	printf("convoy %s  %s  %zu rank%s  %s  sum %s\n", PACKAGE_VERSION, job->name, ranks, app_plural(ranks),
	       s->kernels->isa, job_sum_name(job->train.sum));
	cores_print(ranks, cores);
	for (size_t l = 0; l < job->layers; l++) {
		const struct layer_spec *spec = job->layer[l];
		const char *remark = spec->type->remark != NULL ? spec->type->remark(spec) : NULL;
		if (remark != NULL)
			fprintf(stderr, "convoy: layer %zu: %s\n", l + 1, remark);
	}
	fflush(stdout);
}

/* Without --output the job's name names the directory. */
static int output_choose(struct arguments *a, const struct job *job, struct err *err)
{
	if (a->options.output != NULL)
		return 0;
	if (job->name[0] == '.' || strchr(job->name, '/') != NULL)
		return err_set(err, EX_USAGE, "train: '%s' is no good name for a directory below runs/; --output names another",
		               job->name);
	a->options.output = a->output = memory_format(err, "runs/%s", job->name);
	return a->output != NULL ? 0 : -1;
}

/* The batch of the job file, if an option gives another and none gives the rate or the optimizer; otherwise 0. */
static size_t batch_before(const struct arguments *a, const struct job *job)
{
	static const char *const chosen[] = {"train.rate=", "train.optimizer="};
	for (size_t e = 0; e < a->edits.count; e++)
		for (size_t c = 0; c < sizeof chosen / sizeof *chosen; c++)
			if (strncmp(a->edits.text[e], chosen[c], strlen(chosen[c])) == 0)
				return 0;
	struct err ignored = {0}; /* without its edits a file may be no job */
	struct job *file = a->edits.count > 0 ? app_job_read(a->job, &(struct edits){0}, &ignored) : NULL;
	size_t batch = file != NULL && file->train.batch != job->train.batch ? file->train.batch : 0;
	job_destroy(file);
	return batch;
}

/* Slurm's end of the job, where it says it, is a limit of time too. */
static void batch_limit(struct arguments *a, bool speaks)
{
	enum { SPARE = 10 }; /* seconds that the batch script needs behind us */
	const char *text = getenv("SLURM_JOB_END_TIME");
	struct err err = {0};
	uint64_t end;
	if (text == NULL)
		return;
	double left = 0;
	if (app_number("SLURM_JOB_END_TIME", text, 1, (uint64_t)1 << 40, &end, &err) == 0)
		left = (double)end - (double)time(NULL) - SPARE;
	if (left <= 0) { /* another job's, or no time at all: nothing to go by */
		if (speaks)
			app_say(err.code != 0 ? err.text : "SLURM_JOB_END_TIME: this time has passed already; it is ignored");
		return;
	}
	if (a->options.time_limit == 0 || left < a->options.time_limit)
		a->options.time_limit = left;
}

static int run_job(struct arguments *a, struct team *s, struct err *err)
{
	struct progress progress;
	if (comm_watch(s->comm, a->stall, app_drop, err) != 0)
		return -1;
	struct job *job = app_job_read(a->job, &a->edits, err);
	if (comm_agree(s->comm, job != NULL ? 0 : -1, err) != 0 ||
	    train_agree(s->comm, s->kernels, job->text, err) != 0) {
		job_destroy(job);
		return -1;
	}
	if (comm_agree(s->comm, output_choose(a, job, err), err) != 0) {
		job_destroy(job);
		return -1;
	}
	struct cores cores;
	size_t threads = a->options.threads > 0 ? a->options.threads : job->train.threads;
	if (comm_cores(s->comm, threads, &cores, err) != 0) {
		job_destroy(job);
		return -1;
	}
	a->options.others = s->apart;
	a->options.stop = &stop_wanted;
	a->options.quit = &quit_wanted;
	a->options.save = &save_wanted;
	a->options.listener = progress_listener(&progress, a->watched);
	signals_catch(false); /* who reads the output may have gone after its first line */
	if (comm_rank(s->comm) == 0) {
		head_print(job, s, &cores);
		a->options.batch = batch_before(a, job);
	}
	batch_limit(a, comm_rank(s->comm) == 0);
	return train_run(s->comm, s->kernels, job, &a->options, err);
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "JOB.yaml",
		"Trains the network of a job file. Alone, or on many ranks: mpirun -n RANKS convoy train JOB.yaml\v"
		"Exit status: 0 done, 75 stopped early with a checkpoint (run again with --resume), 70 diverged, 74 the last "
		"checkpoint or the output could not be written; others as in sysexits.h.", NULL, NULL, NULL};
	struct arguments a = {.watched = terminal_is_watched(), .stall = STALL_SECONDS};
	struct team s = {0};
	int status = EX_USAGE;
	signals_catch(true);
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || team_open(&s, &argc, &argv, &a.err) != 0) {
		status = team_fail(&s, &a.err);
	} else {
		int result = run_job(&a, &s, &a.err);
		status = result == TRAIN_DONE ? 0 : result == TRAIN_STOPPED ? EX_TEMPFAIL : team_fail(&s, &a.err);
	}
	team_close(&s);
	edits_free(&a.edits);
	free(a.output);
	return status;
}

const struct command train_command = {"train", "trains the network of a job file", run};
