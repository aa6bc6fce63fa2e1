/* convoy report DIR…: one self-contained HTML page of a run, or of several side by side. */
#include "app.h"

#include <convoy/view.h>

#include <stdlib.h>
#include <string.h>

enum { RUNS = 16 };

struct arguments {
	struct err err; /* first: see app_parse */
	const char *output, *data, *sweep;
	size_t runs;
	const char *run[RUNS];
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "The page to write (default: report.html in the first DIR)", 0},
	{"data", 'd', "DIR", 0, "Read the data set from DIR", 0},
	{"sweep", 's', "DIR", 0, "Compare all jobs of the sweep in DIR", 0},
	{0},
};

static error_t option_parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'o':
		a->output = value;
		break;
	case 'd':
		a->data = value;
		break;
	case 's':
		a->sweep = value;
		break;
	case ARGP_KEY_ARG:
		if (a->runs == RUNS)
			err_set(&a->err, EX_USAGE, "report: more than %d runs", RUNS);
		else
			a->run[a->runs++] = value;
		break;
	case ARGP_KEY_END:
		if (a->sweep != NULL && (a->runs > 0 || a->data != NULL))
			err_set(&a->err, EX_USAGE, "report: --sweep DIR compares the jobs of a sweep alone, without other runs and "
			        "--data");
		else if (a->runs == 0 && a->sweep == NULL)
			err_set(&a->err, EX_USAGE, "report: which run's directory? (convoy report --help)");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return a->err.code == 0 ? 0 : EINVAL;
}

static int page_write(const char *path, const char *html, size_t count, struct err *err)
{
	int code = app_write(path, html, count, err);
	if (code == 0)
		app_print("%s  %zu kB", path, (count + 999) / 1000);
	return code;
}

static void note(void *context, const char *text)
{
	(void)context;
	app_say(text);
}

static int run(int argc, char **argv)
{
	static const struct argp argp = {options, option_parse, "DIR...",
		"Writes one HTML page about a run (the output directory of train), or about several side by side: curves, "
		"confusion or the errors of values, kernels, the worst samples, the job; or with --sweep about the jobs of a "
		"sweep, the best first. It needs no network and no other file.", NULL, NULL, NULL};
	struct arguments a = {0};
	const struct kernels *kernels;
	char *html = NULL, *path = NULL;
	size_t count = 0;
	int status = 0;
	if (app_parse(&argp, argc, argv, &a, &a.err) != 0 || (kernels = kernels_choose(&a.err)) == NULL)
		return app_fail(&a.err);
	struct report_options of = {a.runs, a.run, kernels, a.data, note, NULL};
	const char *first = a.sweep != NULL ? a.sweep : *a.run;
	path = a.output != NULL ? memory_text(a.output, &a.err)
	                        : memory_format(&a.err, "%s%sreport.html", first, path_gap(first));
	if (path != NULL)
		html = a.sweep != NULL ? view_sweep(&of, a.sweep, &count, &a.err) : view_report(&of, &count, &a.err);
	if (html == NULL ||
	    page_write(path, html, count, &a.err) != 0)
		status = app_fail(&a.err);
	free(path);
	free(html);
	return status;
}

const struct command report_command = {"report", "writes a page about runs: curves, confusion, kernels", run};
