/* job: reads the YAML job file. Knows its keys, defaults and limits, and the place of each value in the file. Edits the
 * text and keeps the rest of it. The only room that knows libyaml. Floor 4: knows data, layer and task for their words.
 * All functions are local. */
#ifndef CONVOY_JOB_H
#define CONVOY_JOB_H

#include <convoy/data.h>
#include <convoy/task.h>

enum schedule { SCHEDULE_CONSTANT, SCHEDULE_STEP, SCHEDULE_EXPONENTIAL, SCHEDULE_COSINE };

/* Returns the word for a sum: "exact", "exact32", "float". */
const char *job_sum_name(enum sum_mode sum);

/* Limits: layers of a net, classes, size of a job file, threads of a rank. */
enum { JOB_LAYERS = 256, JOB_OUTPUTS = 65536, JOB_BYTES = 1 << 20, JOB_THREADS = 1024 };

/* Weights of classes or labels that follow from the training set: the rarer, the larger. */
enum { OUTPUT_BALANCED = 1, OUTPUT_WEIGHT = 1024 }; /* the largest weight */

/* The arrays of a part of the data. */
struct job_part {
	char *inputs, *targets, *weights; /* hdf5: whole paths, after parsing with the names that the job has; or NULL */
	char *file; /* hdf5: after parsing that of the training set is NULL if all is in one file */
};

struct job {
	char *source; /* name for messages: the file's path, or "CKPT: job" */
	char *text;   /* the whole YAML text, with --set applied */
	bool edited;  /* by --set: a place may be in no line of the file */
	char *name;

	struct {
		enum data_format format;
		char *directory; /* where the data set is; for hdf5 the file of data.file, or what part[].file is seen from */
		char *file;      /* NULL after parsing: `directory` then holds it */
		char *inputs, *targets, *weights; /* hdf5: names of arrays below /train and /test; NULL: the usual ones */
		struct job_part part[DATA_PARTS];
		bool tested; /* the job says where the test set is */
		enum data_layout layout;
		enum missing missing;
		size_t memory; /* MiB for samples, hdf5 and numpy only; 0: whatever they need */
		size_t pad;
		enum normalize normalize;
		struct reals scale, offset; /* of inputs: absent, one, or one for each map; only with NORMALIZE_NONE */
		double share;      /* of the training set, which becomes the test set; 0: the test set is another */
		size_t validation; /* samples of the training set that are held back; 0: none */
		struct distortion distort;
	} data; /* without the key `data` the format is DATA_MEMORY */

	struct shape input; /* before padding */

	struct {
		enum task task;
		size_t count;                   /* K: that of the task, as one of the next three says; the others are 0 */
		size_t classes, values, labels;
		size_t named, united;           /* number of names and of units, each 0 or `count` */
		char **names, **units;          /* [named], [united] */
		struct reals weights;           /* of classes or labels: a list, OUTPUT_BALANCED, or absent: all 1 */
		enum normalize normalize;       /* of values: standard or none */
		double delta;                   /* of the loss huber */
	} output;

	size_t layers;
	struct layer_spec **layer; /* [layers] */
	enum loss loss;

	struct {
		size_t epochs, batch;
		double rate, decay;
		enum schedule schedule;
		double warmup;  /* epochs of linear growth from 0 (fractions allowed) */
		double factor;  /* step, exponential: what the rate is multiplied by */
		double every;   /* step: after every so many epochs (exponential: after each epoch) */
		double minimum; /* cosine: rate at the end, as a fraction of `rate` */
		uint64_t seed;
		size_t patience; /* epochs without a lower validation error before the run ends; 0: no such end */
		enum sum_mode sum;
		struct optimizer_spec optimizer;
		double clip;      /* largest norm of a gradient; 0: none */
		double smoothing; /* share of the targets that is spread over all classes */
		double mixup;     /* samples are mixed by shares from Beta(mixup, mixup); 0: not */
		double average;   /* the averaged parameters' memory; 0: none are kept */
		size_t threads; /* of each rank */
	} train;

	struct {
		size_t epochs; /* write one every so many epochs */
		size_t keep;   /* keep the last K ≥ 2 */
	} checkpoint;
};

/* Returns which arrays of a data set the job reads: those that it names, otherwise the usual ones of the format. The
 * paths are the job's. */
struct sample_request job_request(const struct job *job, enum data_format format);

/* Returns the source of a job's data at a place, that of the job or another one. The texts are the caller's and the
 * job's. */
struct data_source job_source(const struct job *job, enum data_format format, const char *place,
                              const struct sample_request *request);

/* Returns which training samples the job holds back. */
struct split job_split(const struct job *job);

/* The keys of the whole file. They fill a struct job. The keys of layers are in the layers' own files. */
extern const struct key job_keys[];

/* Returns all keys as text for readers: mapping by mapping, two lines for each key. At the end it lists the keys that
 * must be the same to continue a checkpoint. Free with free(). NULL on failure. */
char *job_keys_text(struct err *err);

/* Parses a job text of at most JOB_BYTES bytes, behind a byte order mark where it begins with one. `source` names it in
 * messages. Errors are EX_CONFIG with one line "SOURCE:LINE:COLUMN: what, value and limit": malformed YAML, unknown,
 * repeated or missing keys, wrong words and numbers, aliases. Errors of the geometry (kernel against map) come later,
 * from net_create; job_place adds their place. NULL on failure. Free with job_destroy. */
struct job *job_parse(const char *source, const char *text, struct err *err);

/* Reads a file, applies the `edits` texts KEY=VALUE (--set) in order, and parses the result as job_parse does.
 * EX_NOINPUT, EX_IOERR, EX_CONFIG; EX_USAGE for an edit that job_edit refuses. */
struct job *job_read(const char *path, size_t edits, const char *const *edit, struct err *err);
void job_destroy(struct job *job);

/* Returns the task, its loss and their numbers. The number of positions is the net's to say. */
struct task_spec job_task(const struct job *job);

/* Puts "SOURCE:LINE:COLUMN: " before the text of an error about layer number `layer` (from 0). The place is that of the
 * layer's `key`, such as "kernel" or "sparsity.lambda"; if `key` is NULL or not in the file, that of the layer. Always
 * returns −1. */
int job_place(const struct job *job, size_t layer, const char *key, struct err *err);

/* Do the same for an error about a key ("data.distort"), and about a class, with the place of its name in
 * output.names. */
int job_place_key(const struct job *job, const char *key, struct err *err);
int job_place_class(const struct job *job, size_t class, struct err *err);

/* Returns the text with the scalar at `key` ("train.rate", "layers[2].maps", "name") set to `value`. Keeps the rest of
 * the text, comments included. Inserts a missing key, and its mapping if that is missing too. `value` is a scalar as
 * YAML writes it; it is quoted if YAML would not read it as one scalar. Does not check if the job allows the value:
 * job_parse does. EX_USAGE if the key is unknown, has no place in the text (such as an entry after the end of a list)
 * or is not a scalar, or if the value holds a line break or control character. EX_CONFIG if `text` is not YAML. NULL on
 * failure. Free with free(). */
char *job_edit(const char *source, const char *text, const char *key, const char *value, struct err *err);

/* Returns the text with the whole node at `key` (a layer: "layers[2]") replaced by the flow-style YAML `node`.
 * Otherwise as job_edit. */
char *job_replace(const char *source, const char *text, const char *key, const char *node, struct err *err);

/* Returns a layer's spec as one line of flow-style YAML, "{type: convolution, maps: 16, …}". NULL on failure. Free with
 * free(). */
char *job_layer_text(const struct layer_spec *spec, struct err *err);

/* The keys that stand in a text, in its order: "train.rate", "layers[2].maps", "output.names"; values as YAML's flow
 * style without quotes and comments. Mappings, and lists of mappings, give their keys. */
struct job_entries {
	size_t count;
	struct job_entry {
		char *path, *value;
	} *entry;
};

/* Reads them, whether or not the job would be valid. EX_CONFIG for what is not YAML. Free with job_entries_free. */
int job_entries_read(struct job_entries *out, const char *text, struct err *err);
void job_entries_free(struct job_entries *entries);

/* Returns the value at a path, or NULL. */
const char *job_entries_value(const struct job_entries *entries, const char *path);

/* Returns whether two values say the same: "0.010" and "0.01" do. Whole numbers agree digit by digit. NULL is a key
 * that is missing. */
bool job_values_agree(const char *one, const char *other);

/* Returns the path of the first key whose values do not agree, or NULL. */
const char *job_entries_differ(const struct job_entries *one, const struct job_entries *other);

/* What is otherwise in a job that continues a checkpoint: keys that are marked `changes` (struct key). */
enum { CHANGES_TEXT = 320 };
struct job_changes {
	size_t count;
	char text[CHANGES_TEXT]; /* "train.batch 64 → 128, …", as many as have room */
};

/* Checks that `job` can continue a checkpoint of `earlier`: all keys that are marked `same` must have the same value.
 * Otherwise EX_CONFIG names the first difference with its place in `job` and both values. With `changes`, which is all
 * 0, the keys that are marked so may differ, and are listed there. */
int job_continues(const struct job *job, const struct job *earlier, struct job_changes *changes, struct err *err);

/* ---- Sweeps (space.c, sweep.c) ------------------------------------------------------------------------------------
 * A sweep is a directory of jobs that differ in some values: NAME.yaml for each, and the table sweep.csv. */
enum { SWEEP_KEYS = 16, SWEEP_JOBS = 1000 };

/* What a sweep tries for a key: a list of values, or numbers of a range that are drawn. */
struct space_key {
	char *name;
	size_t values;
	char **value;       /* [values]; of a range there are none */
	bool linear, whole; /* a range: drawn evenly, not by the logarithm; whole numbers */
	char *end[2];       /* its ends as they were written, and their numbers */
	double least, most;
};

struct space {
	size_t keys;
	struct space_key key[SWEEP_KEYS];
};

/* Adds "KEY=VALUE,VALUE…" or "KEY=LEAST..MOST" to a search space, which is all 0 before the first. A range is drawn by
 * its logarithm (0 < LEAST), with ":linear" behind it evenly, and in whole numbers if both ends are digits alone.
 * EX_USAGE names what is wrong. Only the edit of a job says if there is such a key. */
int space_add(struct space *space, const char *text, struct err *err);
void space_free(struct space *space);

/* The jobs of a sweep and their values, as sweep.csv has them. */
struct sweep {
	size_t keys, jobs;
	char **key;   /* [keys] */
	char **name;  /* [jobs] "001" … */
	char **value; /* [jobs][keys] */
};

/* Gives all combinations of a space of lists, the last key changing fastest. EX_USAGE if there are more than
 * SWEEP_JOBS, or if a key has a range. Release with sweep_free, also on failure. */
int space_product(const struct space *space, struct sweep *out, struct err *err);

/* Gives `jobs` different combinations, 1 … SWEEP_JOBS, drawn from lists and ranges; the same for the same space and
 * seed. A number of a range has four digits. EX_USAGE if the space has not so many. Release with sweep_free, also on
 * failure. */
int space_draw(const struct space *space, size_t jobs, uint64_t seed, struct sweep *out, struct err *err);

/* Returns sweep.csv: a line "job,KEY,…", then one for each job. Free with free(). NULL on failure. */
char *sweep_table(const struct sweep *sweep, struct err *err);

/* Reads `directory`/sweep.csv. EX_NOINPUT, EX_IOERR; EX_DATAERR with the line that is none of such a table, or that
 * repeats the name of a job. Release with sweep_free, also on failure. */
int sweep_read(const char *directory, struct sweep *out, struct err *err);
void sweep_free(struct sweep *sweep);

/* Checks that a job's text has the values of job number `job` of the table. EX_CONFIG names the first key that has not,
 * with both values. */
int sweep_agrees(const struct sweep *sweep, size_t job, const char *text, struct err *err);

/* Checks that a job's text differs from that of job number `other` in the keys of the table alone. EX_CONFIG names the
 * first other key, with both values. */
int sweep_alike(const struct sweep *sweep, const char *text, size_t other, const char *other_text, struct err *err);

/* Writes "train.rate=0.01 train.batch=64", as much of it as has room. Returns `text`. */
enum { SWEEP_TEXT = 256 };
const char *sweep_text(const struct sweep *sweep, size_t job, char text[SWEEP_TEXT]);

#endif
