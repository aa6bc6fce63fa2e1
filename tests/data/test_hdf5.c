/* Files of samples: what is written is read, in whatever form; what is wrong, foreign or damaged is refused in one line,
 * and nothing that a file holds brings this process down. */
#include "folder.h"
#include "set.h"

#include <convoy/data.h>
#include <convoy/store.h>

#include <fcntl.h>
#include <hdf5.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { TRAIN = 11, TEST = 5, MAPS = 2, ROWS = 6, COLUMNS = 5, EACH = MAPS * ROWS * COLUMNS, CLASSES = 4 };

static const struct shape shape = {MAPS, ROWS, COLUMNS};
static uint8_t images[2][TRAIN * EACH], labels[2][TRAIN];
static const size_t counts[2] = {TRAIN, TEST};
static const char *const names[CLASSES] = {"null", "één", "two", "tre"};

static void path_of(const struct folder *folder, const char *name, char path[512])
{
	snprintf(path, 512, "%s/%s", folder->path, name);
}

static int setup(void **state)
{
	for (size_t p = 0; p < 2; p++) {
		random_fill(p, images[p], sizeof images[p], 256);
		random_fill(2 + p, labels[p], sizeof labels[p], CLASSES);
	}
	return folder_setup(state);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, setup, folder_teardown)

/* ---- What convoy writes ------------------------------------------------------------------------------------------ */

static void written(const struct folder *folder, const char *name, unsigned deflate)
{
	struct err err = {0};
	const struct sample_plan plan = {.count = {TRAIN + 3, TEST}, .maps = MAPS, .rows = ROWS, .columns = COLUMNS,
	                                 .classes = CLASSES, .name = names, .deflate = deflate, .type = STORE_U8};
	struct sample_writer *writer = samples_create(folder->path, name, &plan, &err);
	assert_non_null(writer);
	for (size_t p = 0; p < 2; p++)
		for (size_t n = 0; n < counts[p]; n++)
			assert_int_equal(samples_put(writer, p, images[p] + n * EACH, labels[p][n], &err), 0);
	assert_int_equal(samples_finish(writer, &err), 0);
	samples_destroy(writer);
}

static int part_read(const char *path, size_t p, struct dataset *set, struct err *err)
{
	return classes_read(set, DATA_HDF5, path, p == 0 ? DATA_TRAIN : DATA_TEST, shape, CLASSES, err);
}

/* Whether a part has the labels that it should. */
static bool labelled(const struct dataset *set, size_t p)
{
	size_t n = 0;
	while (n < counts[p] && dataset_class(set, n) == labels[p][n])
		n++;
	return n == counts[p];
}

/* Both parts hold what they should. */
static void good(const char *path)
{
	for (size_t p = 0; p < 2; p++) {
		struct dataset set;
		struct err err = {0};
		if (part_read(path, p, &set, &err) != 0)
			fail_msg("%s", err.text);
		assert_int_equal(set.count, counts[p]);
		assert_memory_equal(set.array[DATA_INPUTS].bytes, images[p], counts[p] * EACH);
		assert_true(labelled(&set, p));
		dataset_free(&set);
	}
}

/* Refused with a line that names the file and holds `text`. */
static void bad(const char *path, int code, const char *text)
{
	struct dataset set;
	struct err err = {0};
	int result = part_read(path, 0, &set, &err);
	if (result == 0) {
		dataset_free(&set);
		result = part_read(path, 1, &set, &err);
	}
	assert_int_equal(result, -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, text) == NULL || strncmp(err.text, path, strlen(path)) != 0 || strchr(err.text, '\n') != NULL)
		fail_msg("'%s' lacks '%s'", err.text, text);
}

static size_t file_take(const char *path, uint8_t *bytes, size_t room)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t count = fread(bytes, 1, room, file);
	assert_true(count < room);
	fclose(file);
	return count;
}

/* What copies pieces goes through all dimensions that an array can have. */
static void dimensions_beyond_the_rank_are_one(void **state)
{
	char path[512];
	struct stat status;
	struct sample_index index;
	struct err err = {0};
	path_of(*state, "one.h5", path);
	written(*state, "one.h5", 6);
	int file = open(path, O_RDONLY);
	assert_int_equal(fstat(file, &status), 0);
	assert_int_equal(samples_index(file, path, (size_t)status.st_size, &sample_request_usual, &index, &err), 0);
	close(file);
	for (size_t a = 0; a < SAMPLE_PARTS * SAMPLE_ARRAYS; a++) {
		const struct sample_pieces *p = &index.array[a / SAMPLE_ARRAYS][a % SAMPLE_ARRAYS];
		if (a % SAMPLE_ARRAYS == SAMPLE_WEIGHTS)
			continue;
		assert_int_equal(p->rank, a % SAMPLE_ARRAYS == SAMPLE_INPUTS ? 4 : 1);
		for (size_t i = p->rank; i < STORE_RANK; i++) {
			assert_int_equal(p->dims[i], 1);
			assert_int_equal(p->each[i], 1);
		}
	}
	sample_index_free(&index);
}

static void what_is_written_is_read(void **state)
{
	static uint8_t first[1 << 16], second[1 << 16];
	char one[512], two[512];
	path_of(*state, "one.h5", one);
	path_of(*state, "two.h5", two);
	for (unsigned deflate = 0; deflate < 10; deflate += 3) {
		written(*state, "one.h5", deflate);
		written(*state, "two.h5", deflate);
		good(one);
		size_t count = file_take(one, first, sizeof first);
		assert_int_equal(file_take(two, second, sizeof second), count);
		assert_memory_equal(first, second, count);
	}
}

/* More than one chunk, and an image for each. */
static void many_and_large_images_are_read(void **state)
{
	static const struct shape sizes[] = {{1, 28, 28}, {3, 300, 400}};
	char path[512];
	path_of(*state, "large.h5", path);
	for (size_t s = 0; s < 2; s++) {
		size_t each = shape_size(sizes[s]), count = s == 0 ? 1000 : 3;
		uint8_t *all = malloc(count * each);
		struct err err = {0};
		struct dataset set;
		const struct sample_plan plan = {.count = {count, 1}, .maps = sizes[s].maps, .rows = sizes[s].rows,
		                                 .columns = sizes[s].columns, .classes = CLASSES, .name = names,
		                                 .type = STORE_U8};
		struct sample_writer *writer = samples_create(((struct folder *)*state)->path, "large.h5", &plan, &err);
		assert_non_null(all);
		assert_non_null(writer);
		random_fill(9, all, count * each, 256);
		for (size_t n = 0; n < count; n++)
			assert_int_equal(samples_put(writer, SAMPLE_TRAIN, all + n * each, n % CLASSES, &err), 0);
		assert_int_equal(samples_put(writer, SAMPLE_TEST, all, 1, &err), 0);
		assert_int_equal(samples_finish(writer, &err), 0);
		samples_destroy(writer);
		assert_int_equal(classes_read(&set, DATA_HDF5, path, DATA_TRAIN, sizes[s], CLASSES, &err), 0);
		assert_int_equal(set.count, count);
		assert_memory_equal(set.array[DATA_INPUTS].bytes, all, count * each);
		for (size_t n = 0; n < count; n++)
			assert_int_equal(dataset_class(&set, n), n % CLASSES);
		dataset_free(&set);
		free(all);
	}
}

/* A limit of file sizes stands for a full disk: one line, and nothing is left. */
static void a_full_disk_leaves_nothing(void **state)
{
	struct err err = {0};
	struct rlimit old, small;
	const struct folder *folder = *state;
	static uint8_t image[1 << 20];
	const struct sample_plan plan = {.count = {4, 1}, .maps = 1, .rows = 1024, .columns = 1024, .classes = CLASSES,
	                                 .name = names, .type = STORE_U8};
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 1 << 21;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	struct sample_writer *writer = samples_create(folder->path, "full.h5", &plan, &err);
	int code = writer != NULL ? 0 : -1;
	for (size_t n = 0; n < 4 && code == 0; n++)
		code = samples_put(writer, SAMPLE_TRAIN, image, 0, &err);
	if (code == 0)
		code = samples_put(writer, SAMPLE_TEST, image, 0, &err);
	if (code == 0)
		code = samples_finish(writer, &err);
	samples_destroy(writer);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(code, -1);
	assert_int_equal(err.code, EX_IOERR);
	assert_non_null(strstr(err.text, "full.h5: cannot write: File too large"));
	assert_int_equal(rmdir(folder->path), 0); /* it is empty */
	assert_int_equal(mkdir(folder->path, 0700), 0);
}

/* ---- What others write ------------------------------------------------------------------------------------------- */

enum layout { PLAIN, CHUNKS, PACKED, CHECKED, TALL, COMPACT, OUTSIDE, UNWRITTEN, ODD_FILTER };

/* How /train/images is made; 0 is as it should be. */
struct form {
	enum layout layout;
	hid_t type, label_type; /* 0: bytes */
	int rank;               /* 0: 4 */
	bool old;               /* metadata as HDF5 1.6 wrote them */
	size_t labels;          /* 0: as many as images */
	const char *miss, *soft, *external; /* a path to leave out, or to make a link to something good */
};

static void array_make(hid_t file, const char *path, hid_t type, int rank, const hsize_t *dims, enum layout layout,
                       const void *values)
{
	hid_t create = H5Pcreate(H5P_DATASET_CREATE);
	hsize_t most[4] = {dims[0], rank > 1 ? dims[1] : 0, rank > 2 ? dims[2] : 0, rank > 3 ? dims[3] : 0};
	const hsize_t chunk[4] = {layout == TALL ? 64 : rank == 1 ? 2 : 4, 1, 4, 3};
	if (layout == COMPACT)
		H5Pset_layout(create, H5D_COMPACT);
	else if (layout == OUTSIDE)
		H5Pset_external(create, "/dev/zero", 0, H5F_UNLIMITED);
	else if (layout != PLAIN)
		H5Pset_chunk(create, rank, chunk);
	if (layout == PACKED || layout == TALL)
		H5Pset_shuffle(create);
	if (layout == PACKED || layout == TALL)
		H5Pset_deflate(create, 9);
	if (layout == PACKED || layout == CHECKED)
		H5Pset_fletcher32(create);
	if (layout == ODD_FILTER)
		H5Pset_nbit(create);
	if (layout == TALL)
		most[0] = H5S_UNLIMITED;
	hid_t space = H5Screate_simple(rank, dims, most);
	hid_t array = H5Dcreate2(file, path, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
	assert_true(array >= 0);
	if (layout == UNWRITTEN) {
		const hsize_t start[4] = {0}, count[4] = {1, 1, 1, 1};
		H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
		hid_t memory = H5Screate_simple(rank, count, NULL);
		assert_true(H5Dwrite(array, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT, values) >= 0);
		H5Sclose(memory);
	} else {
		assert_true(H5Dwrite(array, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0 || layout == OUTSIDE);
	}
	H5Dclose(array);
	H5Sclose(space);
	H5Pclose(create);
}

static bool is(const char *path, const char *wanted)
{
	return wanted != NULL && strcmp(path, wanted) == 0;
}

static void foreign(const char *path, const struct form *form)
{
	static const char *const image_path[2] = {"/train/images", "/test/images"};
	static const char *const label_path[2] = {"/train/labels", "/test/labels"};
	hid_t access = H5Pcreate(H5P_FILE_ACCESS);
	if (!form->old)
		H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
	assert_true(file >= 0);
	H5Gclose(H5Gcreate2(file, "/train", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	H5Gclose(H5Gcreate2(file, "/test", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	H5Gclose(H5Gcreate2(file, "/other", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	for (size_t p = 0; p < 2; p++) {
		const hsize_t dims[4] = {counts[p], MAPS, ROWS, COLUMNS};
		const hsize_t some[1] = {p == 0 && form->labels > 0 ? form->labels : counts[p]};
		const char *to[2] = {image_path[p], label_path[p]};
		for (size_t a = 0; a < 2; a++) {
			if (is(to[a], form->soft))
				H5Lcreate_soft(is("/other/array", form->miss) ? "/nowhere" : "/other/array", file, to[a], H5P_DEFAULT,
				               H5P_DEFAULT);
			if (is(to[a], form->external))
				H5Lcreate_external(path, "/other/array", file, to[a], H5P_DEFAULT, H5P_DEFAULT);
			if (is(to[a], form->soft) || is(to[a], form->external))
				to[a] = "/other/array";
		}
		bool first = p == 0;
		if (!is(to[0], form->miss))
			array_make(file, to[0], first && form->type > 0 ? form->type : H5T_STD_U8LE,
			           first && form->rank > 0 ? form->rank : 4, dims, first ? form->layout : PLAIN, images[p]);
		if (!is(to[1], form->miss))
			array_make(file, to[1], first && form->label_type > 0 ? form->label_type : H5T_STD_U8LE, 1, some,
			           form->layout == PACKED ? PACKED : PLAIN, labels[p]);
	}
	H5Fclose(file);
	H5Pclose(access);
}

static void files_of_others_are_read(void **state)
{
	static const enum layout layouts[] = {PLAIN, CHUNKS, PACKED, CHECKED, TALL};
	char path[512];
	path_of(*state, "other.h5", path);
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
		for (int old = 0; old < 2; old++) {
			foreign(path, &(struct form){.layout = layouts[i], .old = old});
			good(path);
		}
	foreign(path, &(struct form){.soft = "/train/images"});
	good(path);
}

/* Labels that lie in one run take their own bytes on their way, not those of a piece that could hold a MiB. */
static void labels_in_one_run_fit_into_little_memory(void **state)
{
	enum { MANY = 6000, FEW = 1000, SIDE = 16 };
	static uint8_t pixels[MANY * SIDE * SIDE], classes[MANY];
	char path[512];
	struct err err = {0};
	bool fits;
	path_of(*state, "run.h5", path);
	hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	H5Gclose(H5Gcreate2(file, "/train", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	H5Gclose(H5Gcreate2(file, "/test", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	for (size_t p = 0; p < 2; p++) {
		const hsize_t dims[4] = {p == 0 ? MANY : FEW, 1, SIDE, SIDE};
		array_make(file, p == 0 ? "/train/images" : "/test/images", H5T_STD_U8LE, 4, dims, TALL, pixels);
		array_make(file, p == 0 ? "/train/labels" : "/test/labels", H5T_STD_U8LE, 1, dims, PLAIN, classes);
	}
	H5Fclose(file);
	const struct stream_plan plan = {{.place = path}, {.shape = {1, SIDE, SIDE}, .classes = 2}, {.seed = 1}, 1 << 20, 64, NULL, NULL};
	struct stream *s = stream_open(&plan, &fits, &err);
	assert_string_equal(err.text, "");
	assert_non_null(s);
	/* All but the images of a row of chunks and two small pieces is there for two windows. */
	assert_true(2 * stream_window(s) * SIDE * SIDE > (1 << 20) - 64 * SIDE * SIDE - 32768);
	stream_close(s);
}

static void what_is_wrong_is_named(void **state)
{
	const struct {
		struct form form;
		const char *text;
	} rows[] = {
		{{.miss = "/train/images"}, "/train/images: no such array"},
		{{.miss = "/test/labels"}, "/test/labels: no such array"},
		{{.soft = "/train/images", .miss = "/other/array"}, "/train/images: /train/images is a link that leads to nothing"},
		{{.external = "/test/labels"}, "/test/labels: /test/labels is a link to another file"},
		{{.type = H5T_IEEE_F32LE}, "/test/images is uint8, /train/images is float32: store both as one type"},
		{{.type = H5T_STD_I8LE}, "/test/images is uint8, /train/images is int8: store both as one type"},
		{{.label_type = H5T_IEEE_F64LE}, "/train/labels: is float64; classes are whole numbers: store integers"},
		{{.rank = 3}, "/train/images: samples are 2×6, the job file says input: {maps: 2, rows: 6, columns: 5}"},
		{{.labels = TRAIN - 1}, "/train/labels has 10 entries, /train/images has 11"},
		{{.layout = COMPACT}, "/train/images: is stored within its header (compact)"},
		{{.layout = OUTSIDE}, "/train/images: lies in other files (external storage)"},
		{{.layout = UNWRITTEN}, "/train/images: has 24 chunks, 1 of them written"},
		{{.layout = ODD_FILTER}, "/train/images: is stored with filter nbit (5), which convoy does not read; h5repack"},
	};
	char path[512];
	path_of(*state, "wrong.h5", path);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		foreign(path, &rows[i].form);
		bad(path, EX_DATAERR, rows[i].text);
	}
}

static void what_does_not_suit_the_job_is_named(void **state)
{
	char path[512];
	struct dataset set;
	struct err err = {0};
	path_of(*state, "one.h5", path);
	written(*state, "one.h5", 0);
	const struct shape grey = {1, ROWS, COLUMNS};
	assert_int_equal(classes_read(&set, DATA_HDF5, path, DATA_TRAIN, grey, CLASSES, &err), -1);
	assert_non_null(strstr(err.text, "samples are 2×6×5, the job file says input: {maps: 1, rows: 6, columns: 5}"));
	err = (struct err){0};
	assert_int_equal(classes_read(&set, DATA_HDF5, path, DATA_TRAIN, shape, CLASSES - 1, &err), -1);
	assert_non_null(strstr(err.text, "/classes has 4 names, the job file says output: {classes: 3}"));
	labels[1][2] = CLASSES;
	foreign(path, &(struct form){0});
	bad(path, EX_DATAERR, "label 4 of sample 2 is not below classes: 4");
}

/* What a job file could not hold, a page or a terminal not show. */
static void names_are_texts(void **state)
{
	const struct folder *folder = *state;
	static const struct {
		const char *name, *says;
	} rows[] = {{"two\nthree", "/classes: name 2 holds a control character"},
	            {"two\xc2\x85", "/classes: name 2 holds a control character"},
	            {"t\xe9", "/classes: name 2 is not UTF-8"}, {"", "/classes: name 2 is empty"}};
	char path[512];
	path_of(folder, "lines.h5", path);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *broken[CLASSES] = {"null", "één", rows[i].name, "tre"};
		const struct sample_plan plan = {.count = {1, 1}, .maps = MAPS, .rows = ROWS, .columns = COLUMNS,
		                                 .classes = CLASSES, .name = broken, .type = STORE_U8};
		struct err err = {0};
		struct sample_writer *writer = samples_create(folder->path, "lines.h5", &plan, &err);
		assert_non_null(writer);
		for (size_t p = 0; p < 2; p++)
			assert_int_equal(samples_put(writer, p, images[p], labels[p][0], &err), 0);
		assert_int_equal(samples_finish(writer, &err), 0);
		samples_destroy(writer);
		bad(path, EX_DATAERR, rows[i].says);
	}
}

static void a_background_is_a_colour(void **state)
{
	const struct folder *folder = *state;
	static const struct {
		const char *text, *shown;
	} rows[] = {{"grey", "grey"}, {"", " "}, {"#12345", "#12345"}, {"white, as of paper", "white, as of pa"},
	            {"white as snowsé", "white as snows"}};
	char path[512], says[256];
	path_of(folder, "ground.h5", path);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct sample_plan plan = {.count = {1, 1}, .maps = MAPS, .rows = ROWS, .columns = COLUMNS,
		                                 .classes = CLASSES, .name = names, .background = rows[i].text,
		                                 .type = STORE_U8};
		struct err err = {0};
		struct sample_writer *writer = samples_create(folder->path, "ground.h5", &plan, &err);
		assert_non_null(writer);
		for (size_t p = 0; p < 2; p++)
			assert_int_equal(samples_put(writer, p, images[p], labels[p][0], &err), 0);
		assert_int_equal(samples_finish(writer, &err), 0);
		samples_destroy(writer);
		snprintf(says, sizeof says, "background is '%s', not white, black, #rgb or #rrggbb", rows[i].shown);
		bad(path, EX_DATAERR, says);
	}
}

/* Gives a file a background of variable length (as h5py writes a string) or of fixed length, as attribute or array. */
static void ground_put(const char *path, const char *text, bool variable, bool attribute, hsize_t count)
{
	hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1);
	hid_t space = count == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, NULL);
	const char *texts[2] = {text, text};
	const void *values = variable ? (const void *)texts : text;
	H5Tset_size(type, variable ? H5T_VARIABLE : strlen(text));
	hid_t made = attribute ? H5Acreate2(file, "background", type, space, H5P_DEFAULT, H5P_DEFAULT)
	                       : H5Dcreate2(file, "/background", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(made >= 0);
	assert_true((attribute ? H5Awrite(made, type, values)
	                       : H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values)) >= 0);
	H5Idec_ref(made);
	H5Sclose(space);
	H5Tclose(type);
	assert_true(H5Fclose(file) >= 0);
}

static void others_write_a_background_in_any_form(void **state)
{
	char path[512];
	path_of(*state, "one.h5", path);
	for (unsigned form = 0; form < 4; form++) {
		bool variable = form & 1, attribute = form & 2;
		struct dataset set;
		struct err err = {0};
		for (hsize_t count = 0; count < (attribute ? 1 : 2); count++) {
			written(*state, "one.h5", 0);
			ground_put(path, "#102030", variable, attribute, count);
			assert_int_equal(part_read(path, 0, &set, &err), 0);
			assert_string_equal(set.background, "#102030");
			dataset_free(&set);
		}
		written(*state, "one.h5", 0);
		ground_put(path, "grey", variable, attribute, 0);
		bad(path, EX_DATAERR, "background is 'grey', not white, black, #rgb or #rrggbb");
		written(*state, "one.h5", 0);
		ground_put(path, "", true, attribute, 0);
		bad(path, EX_DATAERR, attribute ? "background is ' ', not white" : "/background: name 0 is empty");
		written(*state, "one.h5", 0);
		ground_put(path, "white", true, attribute, 2);
		bad(path, EX_DATAERR, attribute ? "background: is an attribute of more than one value"
		                                : "/background: is not one text");
	}
}

static void what_is_no_hdf5_file_is_named(void **state)
{
	const struct folder *folder = *state;
	char path[512];
	path_of(folder, "none.h5", path);
	bad(path, EX_NOINPUT, "no such file");
	folder_write(folder, "none.h5", "", 0);
	bad(path, EX_DATAERR, "cannot open it as HDF5");
	folder_write(folder, "none.h5", "some text\n", 10);
	bad(path, EX_DATAERR, "cannot open it as HDF5");
	folder_remove(folder, "none.h5");
	assert_int_equal(mkfifo(path, 0600), 0);
	bad(path, EX_NOINPUT, "not a regular file");
	bad(folder->path, EX_NOINPUT, "a directory, not an HDF5 file");
}

/* ---- Damage ------------------------------------------------------------------------------------------------------ */

/* Refused with 65, or read: then with the right content where every byte is under a checksum. */
static bool survived(const char *path, bool checked)
{
	for (size_t p = 0; p < 2; p++) {
		struct dataset set;
		struct err err = {0};
		if (part_read(path, p, &set, &err) != 0) {
			assert_int_equal(err.code, EX_DATAERR);
			assert_int_equal(strncmp(err.text, path, strlen(path)), 0);
			return false;
		}
		const uint8_t *read = set.array[DATA_INPUTS].bytes;
		if (checked && (set.count != counts[p] || memcmp(read, images[p], counts[p] * EACH) != 0 ||
		                !labelled(&set, p)))
			fail_msg("other data were read");
		dataset_free(&set);
	}
	return true;
}

/* Some bytes by turns, and some lengths; with CONVOY_TEST_ALL every one. */
static void damaged(const struct folder *folder, bool checked)
{
	static uint8_t whole[1 << 16];
	char path[512];
	path_of(folder, "one.h5", path);
	size_t count = file_take(path, whole, sizeof whole), step = getenv("CONVOY_TEST_ALL") != NULL ? 1 : 151, read = 0;
	for (size_t i = 0; i < count; i += step) {
		uint8_t byte = whole[i], flip;
		random_fill(i, &flip, 1, 255);
		whole[i] ^= 1 + flip;
		folder_write(folder, "one.h5", whole, count);
		read += survived(path, checked);
		whole[i] = byte;
	}
	if (checked)
		assert_true(read <= count / step / 4); /* gaps between what is used */
	for (size_t length = 0; length < count; length += 3 * step) {
		folder_write(folder, "one.h5", whole, length);
		assert_false(survived(path, checked));
	}
}

static void damage_is_found(void **state)
{
	written(*state, "one.h5", 0);
	damaged(*state, true);
	written(*state, "one.h5", 6);
	damaged(*state, true);
}

/* Such files have checksums neither of data nor of metadata. */
static void damage_of_old_files_hurts_nobody(void **state)
{
	char path[512];
	path_of(*state, "one.h5", path);
	foreign(path, &(struct form){.layout = CHUNKS, .old = true});
	damaged(*state, false);
}

int main(int argc, char **argv)
{
	int status;
	if (samples_serve(argc, argv, &status))
		return status;
	const struct CMUnitTest tests[] = {
		IN_PLACE(what_is_written_is_read),
		IN_PLACE(dimensions_beyond_the_rank_are_one),
		IN_PLACE(many_and_large_images_are_read),
		IN_PLACE(a_full_disk_leaves_nothing),
		IN_PLACE(files_of_others_are_read),
		IN_PLACE(labels_in_one_run_fit_into_little_memory),
		IN_PLACE(what_is_wrong_is_named),
		IN_PLACE(what_does_not_suit_the_job_is_named),
		IN_PLACE(names_are_texts),
		IN_PLACE(a_background_is_a_colour),
		IN_PLACE(others_write_a_background_in_any_form),
		IN_PLACE(what_is_no_hdf5_file_is_named),
		IN_PLACE(damage_is_found),
		IN_PLACE(damage_of_old_files_hurts_nobody),
	};
	H5dont_atexit(); /* it crashes where a full disk has kept it from closing a file */
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	return cmocka_run_group_tests_name("data/hdf5", tests, NULL, NULL);
}
