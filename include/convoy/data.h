/* data: reads data sets, imports them, normalises and distorts inputs, orders samples into shards and batches. Floor
 * 3: knows base, kernel, store, picture, layer (shapes), task (targets). All functions are local. */
#ifndef CONVOY_DATA_H
#define CONVOY_DATA_H

#include <convoy/layer.h>
#include <convoy/picture.h>
#include <convoy/store.h>
#include <convoy/task.h>

#include <signal.h>

enum data_format {
	DATA_IDX,     /* LeCun's IDX: {train,t10k}-{images-idx3,labels-idx1}-ubyte, plain or .gz */
	DATA_CIFAR10, /* CIFAR-10 binary: data_batch_{1..5}.bin, test_batch.bin */
	DATA_HDF5,    /* one HDF5 file, as data_import writes it */
	DATA_NUMPY,   /* {train,test}-{inputs,targets}.npy */
	DATA_MEMORY,  /* no files: a program holds the samples, see library */
};

enum data_part { DATA_TRAIN, DATA_TEST, DATA_PARTS };

enum normalize {
	NORMALIZE_STANDARD, /* zero mean, unit variance over the training set, per input map */
	NORMALIZE_UNIT,     /* whole numbers: 0 … 1, with a sign −1 … 1 */
	NORMALIZE_NONE,     /* as in the file */
	NORMALIZE_RANGE,    /* least … most of the training set, per input map, to 0 … 1 */
};

/* The order of dimensions of an array in a file, behind that of the samples. */
enum data_layout {
	LAYOUT_CHANNELS_FIRST, /* maps, rows, columns */
	LAYOUT_CHANNELS_LAST,  /* rows, columns, maps; of targets rows, columns, values */
};

/* What becomes of samples with missing numbers: fill values, and numbers that are not finite. */
enum missing { MISSING_REFUSE, MISSING_SKIP };

/* Names of classes, in the order of their numbers. */
struct class_names {
	size_t count;
	char **name; /* [count], one allocation */
};

/* Returns whether the names are only the numbers "0", "1", "2" …, or there are no names. */
bool class_names_are_numbers(const struct class_names *names);

/* Return the first index at which two lists differ, or the length of the shorter list; the number of the class of that
 * name, or names->count if there is none, or more than one. */
size_t class_names_differ(const struct class_names *one, const struct class_names *other);
size_t class_names_find(const struct class_names *names, const char *name);

/* Returns whether two classes have the same name. *class is then the number of the second. */
bool class_names_twice(const struct class_names *names, size_t *class);

/* Return whether two names, or those of classes *one and *other, differ in bytes but may look alike: one has a letter
 * with accents of its own (Unicode's NFD), where the other has one character (NFC). Do not compare the letters. */
bool class_name_alike(const char *one, const char *other);
bool class_names_alike(const struct class_names *names, size_t *one, size_t *other);

/* Writes the name of a class into `text`, cut to `columns` characters and to `room` bytes, the final 0 included. If
 * that of another class would be cut to the same, puts the number of the class first: "12: harbo". Returns `text`. */
const char *class_names_cut(const struct class_names *names, size_t class, size_t columns, char *text, size_t room);

/* Returns whether a file's names must be matched with `own`. Without names in the file: no. If the names of one side
 * are only numbers: yes if the file gives a class the name that `own` gives to another class. Otherwise: yes. */
bool class_names_count(const struct class_names *file, const struct class_names *own);

/* Copies names. Free with class_names_free, which leaves an empty list. */
int class_names_copy(struct class_names *out, size_t count, const char *const *name, struct err *err);
void class_names_free(struct class_names *names);

/* The type of a number in memory. */
enum element { ELEMENT_U8, ELEMENT_I8, ELEMENT_U16, ELEMENT_I16, ELEMENT_F16, ELEMENT_F32, ELEMENTS };

/* Returns the bytes of a number of a type: 1, 2 or 4. */
size_t element_bytes(enum element element);

/* Returns the name of a type: "uint8", "float16" … */
const char *element_name(enum element element);

/* One of the arrays of a data set: [count][each] numbers of one type. */
struct data_array {
	enum element element;
	size_t each;    /* numbers of a sample */
	uint8_t *bytes; /* NULL: there is no such array */
};

/* Returns the bytes that the numbers of `count` samples take. */
size_t array_bytes(const struct data_array *array, size_t count);

/* Returns the place of a sample's numbers. */
uint8_t *array_sample(const struct data_array *array, size_t sample);

/* Returns the first of `count` samples that holds a number that is not finite; `count` if none does. */
size_t array_finite(const struct data_array *array, size_t count);

/* Gives a sample as bytes for a picture: bytes as they are, numbers of other types from the least of the sample, 0, to
 * the largest, 255. `out` has room for array->each. */
void array_picture(const struct data_array *array, size_t sample, uint8_t *out);

/* What a data set holds: inputs [count][maps][rows][columns]; targets [count][task_numbers]: of classes uint16 below
 * `classes`, of values float32, of labels uint8, 0 or 1; weights of samples, if there are any, float32 [count][1], 0 …
 * DATA_WEIGHT_MOST, multiples of 2^-20. */
enum { DATA_INPUTS, DATA_TARGETS, DATA_WEIGHTS, DATA_ARRAYS };
enum { DATA_WEIGHT_MOST = 1024, DATA_WEIGHT_BITS = 20 };
struct dataset {
	struct shape shape; /* before padding */
	size_t classes, count; /* classes: or values, or labels */
	char background[BACKGROUND_BYTES]; /* colour behind transparent pixels, as in struct sample_index */
	struct data_array array[DATA_ARRAYS];
	const uint32_t *number; /* [count] number of each sample in the whole set; NULL: 0, 1, 2 … */
	size_t left_out; /* samples of the file that are not in the set, for numbers of them are missing */
	bool borrowed;   /* arrays and numbers are somebody else's memory */
	struct class_names names; /* what the file calls its classes; see class_names_count */
};

/* Adds to count [classes] the classes of a sample: one, or that of each position of a map; of labels to [labels][2]
 * whether each is 0 or 1. Values add none. */
void dataset_tally(const struct dataset *set, size_t sample, size_t *count);

/* Return whether the target of each sample is one class, and in such a set the classes of all samples, or of one. */
bool dataset_has_classes(const struct dataset *set);
uint16_t *dataset_classes(const struct dataset *set);
size_t dataset_class(const struct dataset *set, size_t sample);

/* Checks the weights of a set and rounds them to multiples of 2^-20. EX_DATAERR, at `path`, if one is outside 0 …
 * DATA_WEIGHT_MOST, or all are 0. */
int weights_round(struct dataset *set, const char *path, struct err *err);

/* Checks that classes are below those of `limits` and have names there if any has, that labels are 0 or 1, and that
 * values are finite. Otherwise EX_DATAERR, at `path`, has the sample. */
int targets_check(const struct dataset *set, const struct dataset *limits, const char *path, struct err *err);

/* Where a data set is. */
struct data_source {
	enum data_format format;
	const char *place; /* a directory; DATA_HDF5: a file, or the directory that `file` is seen from */
	const struct sample_request *request; /* of DATA_HDF5 and DATA_NUMPY: their arrays; NULL: request_usual */
	bool skip; /* leave out samples with missing numbers */
	const char *file[SAMPLE_PARTS]; /* of DATA_HDF5 in a directory: the file of each part; NULL: there is none */
};

/* Returns the arrays of a data set whose job names no others: sample_request_usual; of DATA_NUMPY names of files. */
const struct sample_request *request_usual(enum data_format format);

/* Wants no arrays of a part any more. */
void request_leave(struct sample_request *request, size_t part);

/* What it must be. */
struct data_need {
	struct shape shape;
	size_t classes;       /* or values, or labels */
	enum task task;
	size_t rows, columns; /* of the positions that have a target each; 0: a sample has one */
	bool weighted;        /* samples have weights */
	bool channels_last;   /* maps, or the values of fields, are the last dimension of arrays in files */
};

/* Returns a set without samples, with arrays of the usual types: inputs of bytes, targets as in struct dataset. */
struct dataset dataset_of(const struct data_need *need);

/* Allocates memory for `count` samples in each array that the set has numbers of. */
int dataset_allocate(struct dataset *set, size_t count, struct err *err);

/* Returns the format that the files at `place` look like: DATA_CIFAR10 for a directory with test_batch.bin, DATA_NUMPY
 * for one with test-inputs.npy, DATA_IDX for any other directory, DATA_HDF5 for all else. */
enum data_format dataset_format(const char *place);

/* Reads one part of a data set from a directory (DATA_HDF5: from a file, see samples_index). `need` is what the job
 * file says; EX_DATAERR names both values if the files have others. EX_NOINPUT if a file is missing, of IDX plain and
 * with .gz. EX_DATAERR if a file is malformed or damaged, has other numbers of targets than of inputs, a class out of
 * range or without a name, or a background that is no colour; if IDX files come in two forms or with two contents.
 * EX_CONFIG for DATA_MEMORY, which has no files, and for targets that the format does not have. Without the arrays of a
 * part that may miss, the set has no samples. */
int dataset_read(struct dataset *out, const struct data_source *source, enum data_part part,
                 const struct data_need *need, struct err *err);
void dataset_free(struct dataset *set);

/* Gives the SHA-256 of shape, count, inputs, targets and weights in the order of the file, the same for all formats.
 * Classes count as bytes if there are at most 256 of them; where numbers are not bytes, the name of their type counts
 * too. The samples of the sets in `held`, which ends with NULL and may be NULL, count as if they were still in the set:
 * at most two that dataset_split has made of it. */
int dataset_digest(const struct dataset *set, const struct dataset *const *held, struct digest *out, struct err *err);

/* Gives the numbers of the array array->path in any HDF5 file, out [product of dims], if it has the rank and dims of
 * *array; these become those in the file, rank 0: none is there. EX_DATAERR also for a number that is not finite. */
int array_plain(const char *file, struct store_array *array, double *out, struct err *err);

/* Returns whether a file is one of HDF5 or of NumPy, by its first bytes. */
bool holds_arrays(const char *path);

/* Opens the inputs of one file without targets, for reading some at a time. inputs_open: an array of an HDF5 file,
 * where `array` is its path, or a file of NumPy; they must have the shape that is needed and, as struct data_array says
 * it, this type. An error of a file without the array names `other`, if it is not NULL. inputs_adopt: an IDX file of
 * images of this shape, plain or gzip, from the descriptor of a regular file, which stays the caller's; `name` is for
 * messages. NULL on failure: errors as for dataset_read. */
struct inputs *inputs_open(const char *path, const char *array, const char *other, const struct data_need *need,
                           enum element element, struct err *err);
struct inputs *inputs_adopt(int fd, const char *name, struct shape shape, struct err *err);
void inputs_close(struct inputs *inputs);

/* Return the number of samples, and how many of them lie together in the file as a row. */
size_t inputs_count(const struct inputs *inputs);
size_t inputs_span(const struct inputs *inputs);

/* Reads samples first … first+count−1 into `out`, of an IDX file behind those that were read before. Reads each row
 * once if the calls go on in order. Errors as for dataset_read: of an IDX file also what is wrong before these samples,
 * and behind the last. */
int inputs_get(struct inputs *inputs, size_t first, size_t count, void *out, struct err *err);

/* x = (number − mean[map]) / deviation[map]. */
struct normalization {
	size_t maps;
	double *mean, *deviation; /* [maps], the caller's memory */
};

/* Measures mean and deviation over the unpadded inputs of the training set, by exact sums. For unit and none they are
 * constants; for range they are the least number and its distance from the largest. A map without variance gets
 * deviation 1. out->maps is that of the set. EX_CONFIG for unit where inputs are floats. */
int normalization_measure(struct normalization *out, enum normalize mode, const struct dataset *train, struct err *err);

/* Measures mean and deviation of each value over the targets of the training set, or gives 0 and 1 for `none`. Does
 * nothing if out->maps, the number of values, is 0. */
int targets_measure(struct normalization *out, enum normalize mode, const struct dataset *train, struct err *err);

/* Makes the order of an epoch: a permutation of 0 … count−1 keyed by (seed, epoch), count < 2^32 (Fisher–Yates). */
void order_permute(uint64_t seed, uint64_t epoch, size_t count, uint32_t *order);

/* Which samples of a training set are held back. The test set is drawn first, and so does not depend on the other. */
struct split {
	uint64_t seed;
	double test;       /* the share that is the test set, at least one sample; 0: none */
	size_t validation; /* the samples that are the validation set; 0: none */
};

/* Moves samples of the training set to a validation set and a test set, each of which may be NULL where nothing goes to
 * it. All keep the order of the file, and get the numbers that the samples have in it. EX_CONFIG if no sample is left
 * to train on, EX_DATAERR if all samples of a set have weight 0. After a failure, too, the sets must be freed. */
int dataset_split(struct dataset *train, const struct split *split, struct dataset *validation, struct dataset *test,
                  struct err *err);

/* A rank's part of the blocks of a mini-batch. */
struct shard {
	size_t first, count;
};

/* Returns the part of `blocks` blocks that `rank` of `ranks` computes, possibly none. Sizes differ by at most one. */
struct shard shard_of(size_t blocks, size_t rank, size_t ranks);

/* ---- Streams (mathematics, Order) -------------------------------------------------------------------------------- */

/* A data set larger than memory, of DATA_HDF5 or DATA_NUMPY. It is read in windows of S samples. In the training set
 * order_permute orders the chunks of the file, and stream_order the samples within each window. The test set keeps the
 * order of the file. */
struct stream;

struct stream_plan {
	struct data_source source;
	struct data_need need;
	struct split split; /* the same samples as by dataset_split */
	size_t memory; /* bytes for inputs: two windows, samples held back, chunks that are being read */
	size_t least;  /* fewest samples of a window */
	void (*progress)(void *context); /* is called from time to time if samples are left out; NULL: none */
	void *context;
};

/* Opens the file and reads its targets and weights. If all inputs fit into the memory, sets *fits and returns NULL,
 * which is no error. EX_CONFIG, with what is needed, if the memory is too small; otherwise as for dataset_read. */
struct stream *stream_open(const struct stream_plan *plan, bool *fits, struct err *err);
void stream_close(struct stream *stream);

/* Return the names of classes in the file, as in struct dataset, and the colour behind transparent pixels, as in struct
 * sample_index. The stream owns them. */
const struct class_names *stream_names(const struct stream *stream);
const char *stream_background(const struct stream *stream);

/* Return the samples to train on or to test with; those of that part of the data that are left out; the samples S of a
 * window and those of a chunk; the type of the inputs in windows. */
size_t stream_count(const struct stream *stream, enum data_part part);
size_t stream_left_out(const struct stream *stream, enum data_part part);
size_t stream_window(const struct stream *stream);
size_t stream_span(const struct stream *stream);
enum element stream_element(const struct stream *stream);

/* Does what targets_measure does, for the training samples that are not held back. */
int stream_targets(const struct stream *stream, enum normalize mode, struct normalization *out, struct err *err);

/* Does what dataset_tally does for all training samples that are not held back. */
void stream_tally(const struct stream *stream, size_t *count);

/* Reads the whole file once. Copies the samples held back into `held` (the caller's memory), measures the normalization
 * of the others, and gives the digests of both parts as dataset_digest does. Calls progress(context), which may be
 * NULL, from time to time. */
int stream_scan(struct stream *stream, enum normalize mode, struct dataset *held, struct normalization *normalization,
                struct digest digest[DATA_PARTS], void (*progress)(void *context), void *context, struct err *err);

/* Starts to read window number `window` of an epoch into the arrays and numbers of `into`, each with room for S
 * samples. The caller must not touch them before stream_wait returns. Cancels an earlier read that has not ended. */
int stream_ask(struct stream *stream, enum data_part part, uint64_t epoch, size_t window, const struct dataset *into,
               struct err *err);

/* Waits until the window has been read. */
int stream_wait(struct stream *stream, struct err *err);

/* Makes the order within a window, whose first position in the epoch is `first`: a permutation of 0 … count−1. Pure. */
void stream_order(uint64_t seed, uint64_t epoch, size_t first, size_t count, uint32_t *order);

/* ---- Import (formats, convoy import) ----------------------------------------------------------------------------- */

struct import_options {
	const char *source;           /* directory: IDX, CIFAR-10's or NumPy's files, or a folder of pictures a class */
	const char *directory, *name; /* of the HDF5 file to write */
	bool coarse; /* CIFAR-100: the 20 coarse labels, not the 100 fine ones */
	size_t rows, columns; /* what pictures are scaled and cropped to; 0: they must all have the size of the first */
	size_t maps;          /* 1 grey, 3 colour; 0: colour */
	bool pages;           /* a picture for each page of a file; otherwise a file of several is a bad one */
	bool bands;           /* the bands of the files as they are, in place of colours: maps and type of the first */
	const struct colour *background; /* behind transparent pixels; NULL: white, and a remark if there are such pixels */
	double test;          /* share of each class for the test, where there are no folders train and test; < 0: 0.1 */
	const char *labels;   /* CSV file with the classes of pictures that all lie in `source`; NULL: a folder for each */
	size_t limit;         /* most pictures of a class, in each part that is given; 0: all */
	bool balance;         /* as many training pictures of each class as the smallest class has */
	uint64_t seed;        /* of the choice of test pictures, and of the order of the training samples in the file */
	bool skip_bad;        /* leave out files that are not good pictures */
	unsigned deflate;     /* 0 … 9 */
	size_t threads;       /* that read pictures; 0: as many as there are cores */
	const volatile sig_atomic_t *stop; /* set by a signal: end with EX_TEMPFAIL; NULL: none */
	void *context;        /* of these three, which may be NULL: */
	void (*progress)(void *context, size_t done, size_t all); /* samples */
	void (*skipped)(void *context, const char *text);         /* a bad file, one line */
	void (*remark)(void *context, const char *text);          /* at the end: what the user should know, one line each */
};

struct import_result {
	struct shape shape;
	bool arrays, weighted; /* inputs and targets of any type; weights too */
	enum task task;        /* that the targets look like */
	size_t classes, train, test; /* classes: or values, or labels */
	char **name; /* [classes]; NULL if the source has no names */
};

/* Reads a data set piece by piece and writes it as one HDF5 file, whole or not at all. Source and options, but for the
 * threads, determine its bytes. With skip_bad it reads pictures twice, to know the good ones before it draws the test
 * set. EX_USAGE for options that do not fit the source; EX_NOINPUT or EX_DATAERR for its faults, naming the file. */
int data_import(const struct import_options *options, struct import_result *out, struct err *err);
void import_result_free(struct import_result *result);

/* ---- Distortion (mathematics, Distortion) ------------------------------------------------------------------------ */

/* How far training inputs are distorted; 0 or false: not at all. Each value is drawn uniformly between its limits. */
struct distortion {
	size_t shift;    /* whole pixels, each way */
	size_t crop;     /* the same once more: pad by so many zeros, and cut out at any place */
	double scale;    /* rows and columns each times 1 − scale … 1 + scale; < 1 */
	double rotation; /* degrees, either way; at most 180 */
	double shear;    /* pixels sideways per row, either way */
	struct {
		double alpha, sigma; /* Simard et al. (2003): noise of ±1 per pixel, smoothed with σ ≥ 1, times α */
	} elastic;
	bool flip;       /* mirror left and right, with probability 1/2 */
	double erase;    /* probability that a rectangle becomes noise */
};

/* Return whether any distortion is on, and whether one is that moves what lies at a position. */
bool distortion_any(const struct distortion *distortion);
bool distortion_moves(const struct distortion *distortion);

/* ---- Batches ---------------------------------------------------------------------------------------------------- */

/* Reads blocks from a data set. Pads inputs by `pad` numbers 0 on each side, normalises them, and transposes them
 * into lanes. x = number · scale[map] + offset[map] in float with two roundings, so the bits are the same
 * everywhere. Numbers of all types become floats first, exactly. */
struct batcher {
	const struct dataset *set; /* the caller's; outlives the batcher */
	size_t pad;
	float *scale, *offset; /* [maps]: 1 / deviation, −mean / deviation */
	const struct normalization *targets; /* of values; the caller sets it; NULL: they stay */
	struct distorter *distorter; /* NULL: none */
	struct data_array distorted[DATA_WEIGHTS]; /* [16] inputs, as distorter_inputs gives them; targets, if they move */
	uint64_t epoch;              /* the caller sets it for the distortion */
};
/* Opens a batcher. EX_DATAERR if the normalization has another number of maps than the set, or a mean or deviation that
 * float32 cannot work with. */
int batcher_open(struct batcher *out, const struct dataset *set, const struct normalization *normalization, size_t pad,
                 struct err *err);
/* Distorts all inputs that are read from now on, before padding and normalising. Targets of each position
 * move along: they must have the rows and columns of the inputs. Does nothing if no distortion is on. A batcher that
 * distorts serves one thread. Errors as for distorter_create. */
int batcher_distort(struct batcher *batcher, const struct distortion *ask, uint64_t seed,
                    const struct kernels *kernels, struct err *err);
void batcher_close(struct batcher *batcher);

/* Fills one block: x [maps][rows+2pad][columns+2pad][16] and its targets from samples[0 … count−1], count ≤ 16. Empty
 * lanes get zeros, also in the border, and class −1. The weight of a used lane is its sample's, or 1. Values are
 * normalised in float64 and rounded once. With `targets` NULL it reads no targets. */
void batcher_fill(const struct batcher *batcher, const uint32_t *samples, size_t count, float *x,
                  struct block_targets *targets);

#endif
