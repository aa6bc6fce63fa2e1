/* job: the YAML job file. Its keys, defaults and limits; where in the file a value stands; edits that keep the rest of
 * the text. The only room that knows libyaml. Floor 4: knows data and layer for their words. Local. */
#ifndef CONVOY_JOB_H
#define CONVOY_JOB_H

#include <convoy/data.h>
#include <convoy/task.h>

enum schedule { SCHEDULE_CONSTANT, SCHEDULE_STEP, SCHEDULE_EXPONENTIAL, SCHEDULE_COSINE };

/* "exact", "exact32", "float". */
const char *job_sum_name(enum sum_mode sum);

/* "sgd", "adagrad" … */
const char *optimizer_name(enum optimizer optimizer);

/* Limits: layers of a net, size of a job file, threads of a rank. */
enum { JOB_LAYERS = 256, JOB_BYTES = 1 << 20, JOB_THREADS = 1024 };

struct job {
	char *source; /* name for messages: the file's path, or "CKPT: job" */
	char *text;   /* the whole YAML text, with --set applied */
	bool edited;  /* by --set: a place may stand in no line of the file */
	char *name;

	struct {
		enum data_format format;
		char *directory; /* where the data are; for hdf5 the file of data.file */
		char *file;      /* NULL: moved to directory */
		size_t memory; /* MiB for images, hdf5 only; 0: whatever they need */
		size_t pad;
		enum normalize normalize;
		size_t validation; /* samples of the training set that are held back; 0: none */
		struct distortion distort;
	} data; /* absent: DATA_MEMORY */

	struct shape input; /* before padding */

	struct {
		size_t classes, named; /* named: 0 or classes */
		char **names;          /* [named] */
	} output;

	size_t layers;
	struct layer_spec *layer; /* [layers] */
	enum loss loss;

	struct {
		size_t epochs, batch;
		double rate, momentum, decay;
		bool nesterov;
		enum schedule schedule;
		double warmup;  /* epochs of linear growth from 0 (fractions allowed) */
		double factor;  /* step, exponential: rate is multiplied by it … */
		double every;   /* step: … every so many epochs (exponential: each epoch) */
		double minimum; /* cosine: rate at the end, as a fraction of `rate` */
		uint64_t seed;
		size_t patience; /* epochs without a lower validation error before the run ends; 0: no such end */
		enum sum_mode sum;
		enum optimizer optimizer;
		double beta1, beta2, epsilon; /* of the optimizers with running means */
		double damping;   /* sdlm: added to the second derivatives */
		size_t curvature; /* sdlm: samples of an epoch that second derivatives are measured on */
		double clip;      /* largest norm of a gradient; 0: none */
		double smoothing; /* share of the targets that is spread over all classes */
		double average;   /* the averaged parameters' memory; 0: none are kept */
		size_t threads; /* of each rank */
	} train;

	struct {
		size_t epochs; /* write one every so many epochs */
		size_t keep;   /* keep the last K ≥ 2 */
	} checkpoint;
};

/* The keys of the whole file. They fill a struct job; those of layers stand in the layers' own files. */
extern const struct key job_keys[];

/* All keys as text for readers, a mapping after the other, two lines for a key; at the end which must agree where a
 * checkpoint is continued. NULL on failure; free(). */
char *job_keys_text(struct err *err);

/* Parses a job text of at most JOB_BYTES bytes. `source` names it in messages. Errors are EX_CONFIG with one line
 * "SOURCE:LINE:COLUMN: what, value and limit": YAML syntax, unknown, double or missing keys, wrong words and numbers,
 * aliases. What depends on the geometry (kernel against map) is found later, by net_create, and placed by job_place.
 * NULL on failure; free with job_destroy. */
struct job *job_parse(const char *source, const char *text, struct err *err);

/* job_parse of a file. EX_NOINPUT, EX_IOERR, EX_CONFIG; EX_USAGE for an edit that job_edit refuses. `edits`: KEY=VALUE
 * texts (--set), applied in order first. */
struct job *job_read(const char *path, size_t edits, const char *const *edit, struct err *err);
void job_destroy(struct job *job);

/* Turns an error about layer number `layer` (0-based) into "SOURCE:LINE:COLUMN: text", with the place of that layer's
 * `key`, "kernel" or "sparsity.lambda" (NULL, or absent from the file: of the layer itself). Always −1. */
int job_place(const struct job *job, size_t layer, const char *key, struct err *err);

/* The same of an error about a class, with the place of its name in output.names. */
int job_place_class(const struct job *job, size_t class, struct err *err);

/* The text with the scalar at `key` ("train.rate", "layers[2].maps", "name") set to `value`; the rest of the text,
 * comments included, stays. A missing key is inserted into its mapping, a missing mapping with it. `value` is a scalar
 * as YAML writes it; one that would not stand as a single scalar is quoted. EX_USAGE where the key is unknown, cannot
 * be placed or names no scalar, or where the value holds a line break or control character; EX_CONFIG where `text` is
 * not YAML. Whether the value is acceptable is job_parse's to say. NULL on failure; free with free(). */
char *job_edit(const char *source, const char *text, const char *key, const char *value, struct err *err);

/* The text with the whole node at `key` (a layer: "layers[2]") replaced by the flow-style YAML `node`. Otherwise as
 * job_edit. */
char *job_replace(const char *source, const char *text, const char *key, const char *node, struct err *err);

/* A layer_spec as one line of flow-style YAML, "{type: convolution, maps: 16, …}". NULL on failure; free(). */
char *job_layer_text(const struct layer_spec *spec, struct err *err);

/* Whether one job can continue the other's checkpoint, which takes the same values of all keys whose rows say `same`:
 * −1 and EX_CONFIG naming the first difference with its place in `job` and both values. */
int job_continues(const struct job *job, const struct job *earlier, struct err *err);

#endif
