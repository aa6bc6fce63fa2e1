/* convoy import SOURCE: makes one HDF5 file from a data set. */
#include "app.h"
#include "bar.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SIZE = 16384, GREY = 1, COLOUR = 3,
	SKIP_BAD = 256, FORCE, BANDS, PAGES, DEFLATE, BACKGROUND, LABELS, LIMIT, BALANCE, COARSE,
	THREADS,
};

struct arguments {
	struct err err; /* first: see app_parse */
	const char *output;
	bool force;
	struct import_options import;
	struct colour background;
	struct bar bar;
	size_t skipped;
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "HDF5 file to write", 0},
	{"size", 's', "RxC", 0, "Scale and crop pictures to R rows and C columns (default: all must be alike)", 0},
	{"grey", 'g', NULL, 0, "One map: pictures become grey", 0},
	{"colour", 'c', NULL, 0, "Three maps: red, green, blue (default)", 0},
	{"bands", BANDS, NULL, 0, "A map for each band of the files (TIFF, PNG …), numbers as they are: uint8, uint16 or "
	 "float32", 0},
	{"pages", PAGES, NULL, 0, "Take each page of a TIFF file as a picture", 0},
	{"background", BACKGROUND, "COLOUR", 0, "Colour behind transparent pixels: white, black, #rgb or #rrggbb (default "
	 "white)", 0},
	{"labels", LABELS, "CSV", 0, "Classes or values of pictures that lie in SOURCE itself: a table with columns file, "
	 "label, or file and numbers", 0},
	{"limit", LIMIT, "N", 0, "Take at most N pictures of each class, drawn by the seed", 0},
	{"balance", BALANCE, NULL, 0, "Take as many training pictures of each class as the smallest class has", 0},
	{"test", 't', "X", 0, "Share of each class that becomes the test set, if there are no folders train and test "
	 "(0 to 1, default 0.1)", 0},
	{"coarse", COARSE, NULL, 0, "CIFAR-100: the 20 coarse labels instead of the 100 fine ones", 0},
	{"seed", 'S', "N", 0, "Seed of the choice of test pictures and of the order (default 1)", 0},
	{"skip-bad", SKIP_BAD, NULL, 0, "Name files that are not good pictures, and leave them out", 0},
	{"deflate", DEFLATE, "N", 0, "Compress: 1 fast … 9 small (default 0, not at all)", 0},
	{"threads", THREADS, "N", 0, "Read pictures on N cores (default: all that there are)", 0},
	{"force", FORCE, NULL, 0, "Replace FILE", 0},
	{0},
};

/* "28x28", "28×28" or "28". */
static void size_parse(struct arguments *a, const char *value)
{
	char text[32];
	const char *between = strpbrk(value, "xX\xc3");
	size_t length = between == NULL ? strlen(value) : (size_t)(between - value);
	uint64_t rows = 0, columns;
	bool times = between != NULL && strncmp(between, "\xc3\x97", 2) == 0;
	if (length < sizeof text) {
		memcpy(text, value, length);
		text[length] = 0;
	}
	struct err wrong = {0};
	if (length >= sizeof text || app_number("--size", text, 1, SIZE, &rows, &wrong) != 0 ||
	    app_number("--size", between == NULL ? text : between + 1 + times, 1, SIZE, &columns, &wrong) != 0) {
		err_set(&a->err, EX_USAGE, "import: --size: '%s' is not RxC, rows and columns from 1 to %d", value, SIZE);
		return;
	}
	a->import.rows = rows;
	a->import.columns = columns;
}

static void maps_set(struct arguments *a, size_t maps)
{
	if (a->import.maps != 0 && a->import.maps != maps)
		err_set(&a->err, EX_USAGE, "import: either --grey or --colour");
	a->import.maps = maps;
}

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	uint64_t number = 0;
	switch (key) {
	case 'o':
		a->output = value;
		break;
	case 's':
		size_parse(a, value);
		break;
	case 'g':
	case 'c':
		maps_set(a, key == 'g' ? GREY : COLOUR);
		break;
	case BANDS:
		a->import.bands = true;
		break;
	case PAGES:
		a->import.pages = true;
		break;
	case BACKGROUND:
		app_colour("--background", value, &a->background, &a->err);
		a->import.background = &a->background;
		break;
	case 't':
		app_real("--test", value, 0, 1, &a->import.test, &a->err);
		break;
	case 'S':
		app_number("--seed", value, 0, INT64_MAX, &a->import.seed, &a->err);
		break;
	case LABELS:
		a->import.labels = value;
		break;
	case LIMIT:
		app_number("--limit", value, 1, UINT32_MAX, &number, &a->err);
		a->import.limit = (size_t)number;
		break;
	case BALANCE:
		a->import.balance = true;
		break;
	case COARSE:
		a->import.coarse = true;
		break;
	case SKIP_BAD:
		a->import.skip_bad = true;
		break;
	case DEFLATE:
		app_number("--deflate", value, 0, 9, &number, &a->err);
		a->import.deflate = (unsigned)number;
		break;
	case THREADS:
		app_number("--threads", value, 1, JOB_THREADS, &number, &a->err);
		a->import.threads = (size_t)number;
		break;
	case FORCE:
		a->force = true;
		break;
	case ARGP_KEY_ARG:
		operand_take("import", "data set", value, &a->import.source, &a->err);
		break;
	case ARGP_KEY_END:
		if (operand_check("import", "data set", a->import.source, &a->err) == 0 && a->output == NULL)
			err_set(&a->err, EX_USAGE, "import: --output says which file to write");
		if (a->import.bands && (a->import.maps != 0 || a->import.background != NULL))
			err_set(&a->err, EX_USAGE, "import: --bands keeps what is in the files: no --grey, --colour or "
			        "--background");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

/* ---- What is seen on the way ------------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop; /* the number of a signal */

static void on_signal(int number)
{
	stop = number;
}

static void on_progress(void *context, size_t done, size_t all)
{
	struct arguments *a = context;
	bar_draw(&a->bar, done, all);
}

static void on_skipped(void *context, const char *text)
{
	struct arguments *a = context;
	char line[sizeof a->err.text + 16];
	bar_clear(&a->bar);
	snprintf(line, sizeof line, "skipped %s", text);
	app_say(line);
	a->skipped++;
}

static void on_remark(void *context, const char *text)
{
	struct arguments *a = context;
	bar_clear(&a->bar);
	app_say(text);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* As YAML reads it back: plain where that is safe, otherwise in quotes. */
static void scalar_print(const char *text)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./";
	if (text[strspn(text, safe)] == 0) {
		fputs(text, stdout);
		return;
	}
	putchar('"');
	for (const char *c = text; *c != 0; c++) {
		bool control = (unsigned char)*c < 0x20 || *c == 0x7f;
		if (control)
			printf("\\x%02x", (unsigned)*c);
		else if (*c == '"' || *c == '\\')
			printf("\\%c", *c);
		else
			putchar(*c);
	}
	putchar('"');
}

/* What the job file needs to say, in lines of a terminal's width. */
static void job_print(const struct arguments *a, const struct import_result *r)
{
	enum { WIDTH = 76 };
	fputs("data:\n  format: hdf5\n  file: ", stdout);
	scalar_print(a->output);
	if (!r->arrays && r->task == TASK_VALUES)
		fputs("\n  inputs: images\n  targets: targets", stdout);
	if (r->arrays)
		printf("\n  inputs: inputs\n  targets: targets%s", r->weighted ? "\n  weights: weights" : "");
	if (r->arrays && r->test == 0)
		fputs("\n  test: 0.1  # a share of the training samples: there is no test set", stdout);
	printf("\ninput: {maps: %zu, rows: %zu, columns: %zu}\n", r->shape.maps, r->shape.rows, r->shape.columns);
	size_t column = (size_t)printf("output: {%s: %zu", task_name(r->task), r->classes) + 10;
	for (size_t i = 0; r->name != NULL && i < r->classes; i++) {
		size_t length = strlen(r->name[i]) + 4;
		bool wraps = i > 0 && column + length > WIDTH;
		fputs(i == 0 ? ", names: [" : wraps ? ",\n    " : ", ", stdout);
		column = wraps ? 4 : column;
		column += length;
		scalar_print(r->name[i]);
	}
	puts(r->name != NULL ? "]}" : "}");
}

static void result_print(const struct arguments *a, const struct import_result *r)
{
	char train[THOUSANDS], test[THOUSANDS], skipped[THOUSANDS], behind[THOUSANDS + 32] = "";
	if (a->skipped > 0)
		snprintf(behind, sizeof behind, ", %s file%s skipped", text_thousands(a->skipped, skipped),
		         app_plural(a->skipped));
	app_print("%s: %s training and %s test %s, %zu %s%s", a->output, text_thousands(r->train, train),
	          text_thousands(r->test, test), r->arrays ? "samples" : "images", r->classes, task_name(r->task), behind);
	puts("For the job file:");
	job_print(a, r);
}

/* The memory of a picture is that of a later one: new pages from the system take as long as a third of reading it. */
static void memory_keep(void)
{
#ifdef __GLIBC__
	enum { MOST = 1 << 25 };
	mallopt(M_MMAP_THRESHOLD, MOST);
	mallopt(M_TRIM_THRESHOLD, 4 * MOST);
#endif
}

static int import_run(struct arguments *a, struct err *err)
{
	char *directory = NULL, *name = NULL;
	struct import_result result = {0};
	int code = -1;
	if (app_is_new(a->output, "output", a->force, err) == 0 && path_split(a->output, &directory, &name, err) == 0) {
		a->import.directory = directory;
		a->import.name = name;
		code = data_import(&a->import, &result, err);
	}
	bar_clear(&a->bar);
	if (code == 0)
		result_print(a, &result);
	import_result_free(&result);
	free(directory);
	free(name);
	return code;
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "SOURCE",
		"Writes a data set as one HDF5 file (data.format: hdf5). SOURCE is a directory with IDX files, with those of "
		"CIFAR-10 or NumPy, or with a folder of " PHOTO_FORMATS " or PPM pictures for each class, perhaps in "
		"folders train and test.",
		NULL, NULL, NULL};
	struct arguments a = {.import = {.test = -1, .seed = 1, .stop = &stop, .progress = on_progress,
	                                 .skipped = on_skipped, .remark = on_remark}};
	a.import.context = &a;
	a.bar.watched = terminal_is_watched();
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0)
		return app_fail(&a.err);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	memory_keep();
	int status = import_run(&a, &a.err) != 0 ? app_fail(&a.err) : 0;
	if (stop != 0) { /* who sent the signal sees that it did its work */
		signal(stop, SIG_DFL);
		raise(stop);
	}
	return status;
}

const struct command import_command = {"import", "makes one HDF5 file of pictures, IDX, CIFAR-10 or NumPy", run};
