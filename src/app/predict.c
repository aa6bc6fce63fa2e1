/* convoy predict CKPT FILE…: what a network says of pictures and of arrays. */
#include "app.h"
#include "bar.h"
#include "predicting.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	struct err err; /* first: see app_parse */
	const char *checkpoint;
	size_t count;
	char **file; /* [count] */
	const char *inputs; /* path of an array */
	struct predict_ask ask;
	bool pictures; /* an option that means nothing to arrays was given */
};

enum { BACKGROUND = 256, INPUTS, GUESSES };

static const struct argp_option options[] = {
	{"top", 't', "K", 0, "Print the K best classes of each image (default 2)", 0},
	{"output", 'o', "FILE", 0, "Write the scores of all classes into FILE, a row for each image, and print "
	 "nothing: FILE.csv, FILE.npy for NumPy, or FILE.h5 for HDF5", 0},
	{"guesses", GUESSES, NULL, 0, "Into FILE.npy or FILE.h5 write the class with the largest score, not the scores", 0},
	{"inputs", INPUTS, "PATH", 0, "Array of an HDF5 file to predict from (default: the test inputs of the job in "
	 "CKPT)", 0},
	{"json", 'j', NULL, 0, "Print a JSON object for each image, one a line", 0},
	{"invert", 'i', NULL, 0, "Swap light and dark: for dark strokes on light ground, if the network was trained on "
	 "light on dark as in MNIST", 0},
	{"background", BACKGROUND, "COLOUR", 0, "Colour behind transparent pixels: white, black, #rgb or #rrggbb (default: "
	 "that of the training pictures if it is known, otherwise white)", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 't':
		app_number("--top", value, 1, JOB_OUTPUTS, &a->ask.top, &a->err);
		break;
	case 'j':
		a->ask.json = true;
		break;
	case 'i':
		a->ask.invert = a->pictures = true;
		break;
	case 'o':
		a->ask.output = value;
		break;
	case BACKGROUND:
		a->pictures = true;
		a->ask.grounded = app_colour("--background", value, &a->ask.background, &a->err) == 0;
		break;
	case INPUTS:
		a->inputs = value;
		break;
	case GUESSES:
		a->ask.guesses = true;
		break;
	case ARGP_KEY_ARG:
		if (a->checkpoint != NULL)
			return ARGP_ERR_UNKNOWN; /* the rest at once */
		a->checkpoint = value;
		break;
	case ARGP_KEY_ARGS:
		a->file = state->argv + state->next;
		a->count = (size_t)(state->argc - state->next);
		break;
	case ARGP_KEY_END:
		if (a->checkpoint == NULL)
			err_set(&a->err, EX_USAGE, "predict: which checkpoint, and which images? (convoy predict --help)");
		else if (a->count == 0)
			err_set(&a->err, EX_USAGE, "predict: which images? Files, directories, or - for standard input");
		else if (a->ask.output != NULL && a->ask.json)
			err_set(&a->err, EX_USAGE, "predict: --json prints, --output writes a file instead: one of them");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* Sets the colour behind transparent pixels: that of --background, or that of the training pictures if it is known.
 * Returns a line for the user in `text`, or "". */
static const char *background_choose(struct predict_ask *ask, const struct model *model, char text[128])
{
	struct colour trained;
	char asked[COLOUR_TEXT];
	*text = 0;
	if (ask->grounded && images_are_bands(model))
		snprintf(text, 128, "--background means nothing: the network takes bands as they are, not grey or coloured "
		         "bytes");
	if (!colour_parse(model->background, &trained))
		return text;
	colour_text(ask->background, asked);
	if (ask->grounded && strcmp(asked, model->background) != 0)
		snprintf(text, 128, "--background: transparent pixels of the training pictures have %s behind them, not %s",
		         model->background, asked);
	else
		ask->background = trained;
	ask->grounded = true;
	return text;
}

/* The path of the array in HDF5 files that has inputs to predict from. */
static const char *array_path(const struct arguments *a, const struct model *model)
{
	const struct sample_request request = job_request(model->job, DATA_HDF5);
	if (a->inputs != NULL)
		return a->inputs;
	return model->job->data.format == DATA_NUMPY ? "/test/inputs" : request.path[SAMPLE_TEST][SAMPLE_INPUTS];
}

/* The path of the training inputs, if the run was tested with some of them, and no array is named; otherwise NULL. */
static const char *other_path(const struct arguments *a, const struct model *model)
{
	if (a->inputs != NULL || model->job->data.share == 0)
		return NULL;
	const struct sample_request request = job_request(model->job, DATA_HDF5);
	return model->job->data.format == DATA_NUMPY ? "/train/inputs" : request.path[SAMPLE_TRAIN][SAMPLE_INPUTS];
}

/* ---- Ranks ------------------------------------------------------------------------------------------------------- */

/* The work of all ranks, and what the rank that writes knows of it. */
struct work {
	struct team *team;
	struct givens givens;
	struct unit *unit; /* [units] */
	size_t units;
	struct predicting predicting;
	struct reply reply;
	size_t round, group;   /* the first unit of a round; units of a rank in it */
	/* On rank 0: */
	size_t dropped;        /* the given that failed, whose other units do not count; SIZE_MAX: none */
	size_t done;           /* samples */
	bool hinted, grounded; /* a word on --invert, on --background was said */
	int status;            /* of the first given that cannot be read */
	struct bar bar;
};

/* The same on all ranks: what is to be done, found by rank 0. Collective. */
static int work_find(struct work *w, const struct arguments *a, const struct model *model, struct err *err)
{
	enum { BYTES = 1 << 22 }; /* of the scores of a unit */
	const struct given_ask ask = {model, a->ask.array, a->ask.other, a->pictures};
	size_t most = BYTES / (w->predicting.numbers * sizeof(float));
	bool first = team_rank(w->team) == 0;
	uint8_t *packed = NULL;
	size_t bytes = 0;
	int code = first ? givens_find(&w->givens, &ask, a->count, a->file, err) : 0;
	if (code == 0 && first && team_ranks(w->team) > 1)
		code = (packed = givens_pack(&w->givens, &bytes, err)) != NULL ? 0 : -1;
	code = team_agree(w->team, code, err);
	if (code == 0 && team_ranks(w->team) > 1) {
		code = comm_broadcast_bytes(w->team->comm, &packed, &bytes, err);
		if (code == 0 && !first)
			code = givens_unpack(&w->givens, packed, err);
	}
	free(packed);
	if (code == 0)
		code = (w->unit = givens_divide(&w->givens, most, &w->units, err)) != NULL ? 0 : -1;
	return team_agree(w->team, code, err);
}

static volatile sig_atomic_t stop; /* the number of a signal */

static void on_signal(int number)
{
	stop = number;
}

/* A piece of a reply, on the rank that writes. */
static int piece_take(struct work *w, const struct unit *unit, const struct reply_piece *piece,
                      const uint8_t *bytes, struct err *err)
{
	struct predictions *file = &w->predicting.file;
	bool *once = piece->kind == REPLY_HINT ? &w->hinted : piece->kind == REPLY_GROUND ? &w->grounded : NULL;
	if (piece->kind == REPLY_ROWS) {
		if (file->path != NULL)
			return predictions_take(file, bytes, piece->count, err);
		fwrite(bytes, 1, piece->count, stdout);
		return 0;
	}
	if (once != NULL && *once)
		return 0;
	if (once != NULL)
		*once = true;
	bar_clear(&w->bar);
	fflush(stdout);
	app_say((const char *)bytes);
	if (piece->kind == REPLY_BAD) {
		w->status = w->status != 0 ? w->status : piece->code;
		w->dropped = unit->count > 0 ? unit->given : w->dropped;
	}
	return 0;
}

/* A reply to some units, on the rank that writes. */
static int reply_take(void *context, size_t rank, const uint8_t *bytes, size_t count, struct err *err)
{
	struct work *w = context;
	const struct unit *unit = w->unit + w->round + rank * w->group;
	while (count > 0) {
		struct reply_piece piece;
		const uint8_t *at = reply_next(&bytes, &count, &piece);
		bool dropped = unit->count > 0 && unit->given == w->dropped;
		if (piece.kind != REPLY_END && !dropped && piece_take(w, unit, &piece, at, err) != 0)
			return -1;
		if (piece.kind != REPLY_END)
			continue;
		w->done += unit->count;
		for (size_t i = 0; unit->count == 0 && i < unit->givens; i++)
			w->done += w->givens.one[unit->given + i].count;
		unit++;
	}
	bar_draw(&w->bar, w->done, w->givens.samples);
	return 0;
}

/* Predicts a rank's units of a round. */
static int round_predict(struct work *w, struct err *err)
{
	size_t first = w->round + team_rank(w->team) * w->group;
	int code = 0;
	reply_clear(&w->reply);
	for (size_t u = first; u < first + w->group && u < w->units && code == 0; u++) {
		if (stop != 0)
			return err_set(err, EX_TEMPFAIL, "%s: stopped, nothing was written", w->predicting.file.path);
		code = predicting_unit(&w->predicting, &w->unit[u], &w->reply, err);
		reply_end(&w->reply);
	}
	return code;
}

/* Predicts all units. In a round each rank predicts as many as let it rarely wait for others, and as are dealt out
 * evenly. Collective. */
static int units_predict(struct work *w, struct err *err)
{
	enum { ROUNDS = 8, GROUP = 16, BYTES = 1 << 26 };
	struct comm *comm = w->team->comm;
	size_t ranks = team_ranks(w->team), group = w->units / (ranks * ROUNDS);
	size_t fits = BYTES / (LANES * w->predicting.numbers * sizeof(float)), most = fits < GROUP ? fits : GROUP;
	int code = 0;
	group = group < most ? group : most;
	w->group = ranks == 1 || group < 1 ? 1 : group;
	for (w->round = 0; w->round < w->units && code == 0; w->round += ranks * w->group) {
		const uint8_t *bytes = NULL;
		size_t count = 0;
		code = round_predict(w, err);
		if (code == 0)
			code = reply_bytes(&w->reply, &bytes, &count, err);
		if (comm != NULL)
			code = comm_collect(comm, code, bytes, count, reply_take, w, err);
		else if (code == 0)
			code = reply_take(w, 0, bytes, count, err);
	}
	return code;
}

/* Opens, predicts, and ends the file. Collective. */
static int work_do(struct work *w, struct arguments *a, const struct model *model, struct err *err)
{
	bool first = team_rank(w->team) == 0;
	char remark[128];
	background_choose(&a->ask, model, remark);
	a->ask.array = array_path(a, model);
	a->ask.other = other_path(a, model);
	if (first && *remark != 0)
		app_say(remark);
	int code = predicting_open(&w->predicting, &a->ask, w->team->kernels, model, a->checkpoint, err);
	if (code == 0)
		code = reply_open(&w->reply, err);
	if (team_agree(w->team, code, err) != 0 || work_find(w, a, model, err) != 0)
		return -1;
	w->predicting.givens = &w->givens;
	w->predicting.comm = w->team->comm;
	if (a->ask.output != NULL) {
		signal(SIGINT, on_signal); /* a file that is begun must go away again */
		signal(SIGTERM, on_signal);
		code = first ? predictions_begin(&w->predicting.file, &w->givens, err) : 0;
	}
	code = team_agree(w->team, code, err);
	if (code == 0)
		code = units_predict(w, err);
	bar_clear(&w->bar);
	if (first && a->ask.output != NULL)
		code = predictions_end(&w->predicting.file, code, err);
	return team_agree(w->team, code, err);
}

/* Loads the checkpoint, predicts, and gives the status that all ranks end with. Collective. */
static int predict(struct team *team, struct arguments *a, bool watched, int *status, struct err *err)
{
	struct work w = {.team = team, .dropped = SIZE_MAX, .bar.watched = watched && a->ask.output != NULL};
	struct model *model = NULL;
	int code = team_model(team, a->checkpoint, &model, err);
	if (code == 0)
		code = work_do(&w, a, model, err);
	if (code == 0 && team->comm != NULL)
		code = comm_broadcast(team->comm, &w.status, sizeof w.status, err);
	*status = w.status;
	predicting_close(&w.predicting);
	reply_close(&w.reply);
	givens_free(&w.givens);
	free(w.unit);
	model_destroy(model);
	return code;
}

/* All ranks must have been told the same. Collective. */
static int words_check(struct team *team, int argc, char **argv, struct err *err)
{
	struct memory_stream words;
	size_t length = 0;
	int code = memory_stream_open(&words, err);
	for (int i = 1; code == 0 && i < argc; i++)
		fwrite(argv[i], 1, strlen(argv[i]) + 1, words.file);
	char *text = code == 0 ? memory_stream_close(&words, &length, err) : NULL;
	code = comm_agree(team->comm, text != NULL ? 0 : -1, err);
	const struct digest digest = digest_of(text, length);
	free(text);
	return code != 0 ? -1 : comm_same(team->comm, "the command line", &digest, EX_USAGE, err);
}

/* Starts MPI if a launcher says that it started several tasks, so that a single one starts at once. MPI then says which
 * rank this is. Nobody watches over ranks that wait for standard input. Collective. */
static int ranks_open(struct team *team, const struct arguments *a, int *argc, char ***argv, struct err *err)
{
	bool waits = false;
	if (comm_announced().tasks == 1) {
		team->kernels = kernels_choose(err);
		return team->kernels != NULL ? 0 : -1;
	}
	for (size_t i = 0; i < a->count; i++)
		waits = waits || strcmp(a->file[i], "-") == 0;
	if (team_open(team, argc, argv, err) != 0 || words_check(team, *argc, *argv, err) != 0)
		return -1;
	return waits ? 0 : comm_watch(team->comm, STALL_SECONDS, app_drop, err);
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "CKPT IMAGE...",
		"Classifies images: prints the best classes of each with their scores, which are probabilities "
		"if the network was trained with softmax-cross-entropy, otherwise its outputs. IMAGE is a PNG, JPEG, TIFF, "
		"PGM, PPM, IDX, HDF5 or NumPy file, a directory of pictures and IDX files, or - for standard input. Pictures "
		"are scaled and cropped to the network's input. Alone or on many ranks.\vExit status: 0, or that of the first "
		"image that could not be read (65 damaged, 66 missing); convoy still classifies the others.", NULL, NULL, NULL};
	struct arguments a = {.ask.background = {255, 255, 255}};
	struct team team = {0};
	bool watched = terminal_is_watched();
	int status = 0;
	a.ask.whole = !watched;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || ranks_open(&team, &a, &argc, &argv, &a.err) != 0 ||
	    predict(&team, &a, watched, &status, &a.err) != 0)
		status = team_fail(&team, &a.err);
	team_close(&team);
	if (stop != 0) { /* who sent the signal sees that it did its work */
		signal(stop, SIG_DFL);
		raise(stop);
	}
	return status;
}

const struct command predict_command = {"predict", "classifies images with a network", run};
