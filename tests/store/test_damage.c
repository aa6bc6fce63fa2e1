/* store: a damaged file is refused whatever the damage, and so is one that is whole but not as convoy writes it. */
#include <convoy/store.h>

#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <hdf5.h>

#include "store/folder.h"

static const struct store_array array = {.path = "/group/array", .type = STORE_F32, .rank = 1, .dims = {3}};

/* The smallest sensible file. */
static struct image image_small(void)
{
	struct err err = {0};
	struct image image = {0};
	float data[3] = {1, 2, 3};
	struct store *store = store_create(&err);
	assert_int_equal(store_put(store, &array, data, &err), 0);
	assert_int_equal(store_image(store, 10, &image, &err), 0);
	store_destroy(store);
	return image;
}

static void save(const void *bytes, size_t count)
{
	struct err err = {0};
	assert_int_equal(file_write(folder, "c.h5", bytes, count, &err), 0);
}

/* Fails unless FOLDER/c.h5 is refused with "FOLDER/c.h5: start…". */
static void assert_refused(int code, const char *start)
{
	struct err err = {0};
	char text[512];
	struct store *store = store_open(in_folder(folder, "c.h5"), &err);
	snprintf(text, sizeof text, "%s/c.h5: %s", folder, start);
	assert_null(store);
	assert_int_equal(err.code, code);
	if (strncmp(err.text, text, strlen(text)) != 0)
		assert_string_equal(err.text, text);
}

static void every_flipped_bit_is_refused(void **state)
{
	(void)state;
	struct image image = image_small();
	save(image.bytes, image.count);
	const char *path = in_folder(folder, "c.h5");
	int file = open(path, O_WRONLY);
	assert_true(file >= 0);
	for (size_t i = 0; i < image.count; i++)
		for (int bit = 0; bit < 8; bit++) {
			struct err err = {0};
			uint8_t byte = (uint8_t)(image.bytes[i] ^ 1 << bit);
			assert_int_equal(pwrite(file, &byte, 1, (off_t)i), 1);
			assert_null(store_open(path, &err));
			assert_int_equal(err.code, EX_DATAERR);
			assert_int_equal(pwrite(file, image.bytes + i, 1, (off_t)i), 1);
		}
	struct err err = {0};
	struct store *whole = store_open(path, &err);
	assert_non_null(whole);
	store_destroy(whole);
	close(file);
	image_destroy(&image);
}

static void every_other_length_is_refused(void **state)
{
	(void)state;
	struct image image = image_small();
	save(image.bytes, image.count);
	const char *path = in_folder(folder, "c.h5");
	/* From too long (zeros behind) down to nothing. */
	for (size_t length = image.count + 3; length-- > 0;) {
		assert_int_equal(truncate(path, (off_t)length), 0);
		if (length == image.count)
			continue;
		assert_refused(EX_DATAERR, length < strlen("convoy-checkpoint ") ? "not a convoy checkpoint" :
		               length < image.count ? "cut short: " : "damaged: ");
	}
	image_destroy(&image);
}

static void damage_is_described(void **state)
{
	(void)state;
	struct image image = image_small();
	uint8_t *b = image.bytes;
	save("\211HDF\r\n\032\n", 8);
	assert_refused(EX_DATAERR, "not a convoy checkpoint");
	save(b, 100);
	assert_refused(EX_DATAERR, "cut short: 100 bytes, less than the header's 512");
	char text[128];
	save(b, image.count - 1);
	snprintf(text, sizeof text, "cut short: %zu bytes behind the header, which says %zu", image.count - 513,
	         image.count - 512);
	assert_refused(EX_DATAERR, text);
	assert_int_equal(truncate(in_folder(folder, "c.h5"), (off_t)image.count + 1), 0);
	snprintf(text, sizeof text, "damaged: %zu bytes behind the header, which says %zu", image.count - 511,
	         image.count - 512);
	assert_refused(EX_DATAERR, text);
	assert_int_equal(truncate(in_folder(folder, "c.h5"), (off_t)1 << 40), 0); /* a hole: it takes no room */
	assert_refused(EX_DATAERR, "has 1099511627776 bytes, more than the limit of 137438953472");
	b[image.count - 1] ^= 1;
	save(b, image.count);
	assert_refused(EX_DATAERR, "damaged: SHA-256 is ");
	b[image.count - 1] ^= 1;
	b[511] = ' ';
	save(b, image.count);
	assert_refused(EX_DATAERR, "damaged: the 512 bytes of its header are not as convoy writes them");
	b[511] = '\n';
	b[18] = '2';
	save(b, image.count);
	assert_refused(EX_DATAERR, "has format 2, and this program reads format 1");
	b[18] = '1';
	memcpy(b + 20, "step=11", 7);
	save(b, image.count);
	assert_refused(EX_DATAERR, "damaged: the header says step 11, the content step 10");
	image_destroy(&image);
}

static void only_regular_files_are_opened(void **state)
{
	(void)state;
	struct image image = image_small();
	struct err err = {0};
	assert_int_equal(file_write(folder, "real.h5", image.bytes, image.count, &err), 0);
	unlink(in_folder(folder, "c.h5"));
	assert_refused(EX_NOINPUT, "cannot open: No such file or directory");
	assert_int_equal(symlink("real.h5", in_folder(folder, "c.h5")), 0);
	struct store *store = store_open(in_folder(folder, "c.h5"), &err);
	assert_non_null(store);
	store_destroy(store);
	unlink(in_folder(folder, "real.h5"));
	assert_refused(EX_NOINPUT, "cannot open: No such file or directory");
	assert_int_equal(mkfifo(in_folder(folder, "real.h5"), 0600), 0); /* nobody writes it: opening must not wait */
	assert_refused(EX_DATAERR, "is not a regular file");
	unlink(in_folder(folder, "c.h5"));
	assert_int_equal(rename(in_folder(folder, "real.h5"), in_folder(folder, "c.h5")), 0);
	assert_refused(EX_DATAERR, "is not a regular file");
	unlink(in_folder(folder, "c.h5"));
	assert_int_equal(mkdir(in_folder(folder, "c.h5"), 0700), 0);
	assert_refused(EX_DATAERR, "is not a regular file");
	rmdir(in_folder(folder, "c.h5"));
	image_destroy(&image);
}

/* Saves an HDF5 file on disk as the content of a checkpoint whose header is right: as someone could who means harm. */
static void save_crafted(void)
{
	struct err err = {0};
	uint8_t *bytes;
	size_t count;
	assert_int_equal(file_read(in_folder(folder, "raw.h5"), 1 << 24, &bytes, &count, &err), 0);
	struct image frame = image_small();
	struct digest digest = digest_of(bytes, count);
	char sum[2 * DIGEST_BYTES + 1], head[513];
	digest_text(&digest, sum);
	const char *note = strchr((char *)frame.bytes, '#');
	int used = snprintf(head, sizeof head, "convoy-checkpoint 1\nstep=10\nlength=%zu\nsha256=%s\n%.*s", count, sum,
	                    (int)strcspn(note, "\n") + 1, note);
	for (int i = used; i < 512; i++)
		head[i] = i % 64 == 63 ? '\n' : ' ';
	uint8_t *all = malloc(512 + count);
	memcpy(all, head, 512);
	memcpy(all + 512, bytes, count);
	save(all, 512 + count);
	free(all);
	free(bytes);
	image_destroy(&frame);
}

static void raw_attribute(hid_t file, const char *name, hid_t type, hid_t memory, const void *value)
{
	hid_t space = H5Screate(H5S_SCALAR);
	hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
	assert_true(H5Awrite(attribute, memory, value) >= 0);
	H5Aclose(attribute);
	H5Sclose(space);
}

/* Makes raw.h5 with a right attribute step, to fill. */
static hid_t raw_create(void)
{
	const uint64_t step = 10;
	hid_t file = H5Fcreate(in_folder(folder, "raw.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	raw_attribute(file, "step", H5T_STD_U64LE, H5T_NATIVE_UINT64, &step);
	return file;
}

static void raw_array(hid_t file, const char *path, int rank, const hsize_t *dims, hid_t type, hid_t create)
{
	hid_t space = H5Screate_simple(rank, dims, NULL);
	hid_t array_id = H5Dcreate2(file, path, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
	assert_true(array_id >= 0);
	H5Dclose(array_id);
	H5Sclose(space);
}

/* Fails unless reading `path` of the crafted file as float32 [3] gives that error. */
static void assert_array_refused(struct store *store, const char *path, const char *reason)
{
	struct err err = {0};
	char text[512];
	float data[3];
	struct store_array wanted = array;
	wanted.path = path;
	assert_int_equal(store_get(store, &wanted, data, &err), -1);
	snprintf(text, sizeof text, "%s/c.h5: %s: %s", folder, path, reason);
	assert_string_equal(err.text, text);
	assert_int_equal(err.code, EX_DATAERR);
}

static void foreign_storage_and_links_are_refused(void **state)
{
	(void)state;
	struct err err = {0};
	const hsize_t three[5] = {3, 1, 1, 1, 1}, huge[2] = {1ull << 40, 1ull << 20};
	hid_t file = raw_create(), chunked = H5Pcreate(H5P_DATASET_CREATE), external = H5Pcreate(H5P_DATASET_CREATE);
	hid_t plain = H5Pcreate(H5P_DATASET_CREATE);
	hid_t text = H5Tcopy(H5T_C_S1), group = H5Gcreate2(file, "/group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	H5Pset_alloc_time(plain, H5D_ALLOC_TIME_EARLY);
	H5Pset_chunk(chunked, 1, three);
	H5Pset_external(external, "/etc/passwd", 0, 12);
	H5Tset_size(text, H5T_VARIABLE);
	raw_array(file, "/good", 1, three, H5T_IEEE_F32LE, plain);
	raw_array(file, "/chunked", 1, three, H5T_IEEE_F32LE, chunked);
	raw_array(file, "/external", 1, three, H5T_IEEE_F32LE, external);
	raw_array(file, "/big-endian", 1, three, H5T_IEEE_F32BE, plain);
	raw_array(file, "/text", 1, three, text, plain);
	raw_array(file, "/five", 5, three, H5T_IEEE_F32LE, plain);
	raw_array(file, "/never-written", 1, huge, H5T_IEEE_F32LE, H5P_DEFAULT);
	raw_attribute(file, "job", text, text, &(const char *){"name: x"});
	H5Lcreate_soft("/good", file, "/soft", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_soft("/", file, "/root", H5P_DEFAULT, H5P_DEFAULT);
	H5Lcreate_external("other.h5", "/good", file, "/elsewhere", H5P_DEFAULT, H5P_DEFAULT);
	H5Pclose(plain);
	H5Pclose(chunked);
	H5Pclose(external);
	H5Tclose(text);
	H5Gclose(group);
	H5Fclose(file);
	save_crafted();

	struct store *store = store_open(in_folder(folder, "c.h5"), &err);
	assert_string_equal(err.text, "");
	unsigned plugins = 1;
	assert_true(H5PLget_loading_state(&plugins) >= 0);
	assert_int_equal(plugins, 0); /* no file makes HDF5 load code, wherever HDF5_PLUGIN_PATH leads */
	assert_array_refused(store, "/chunked", "is not stored as plain bytes in one piece");
	assert_array_refused(store, "/external", "is not stored as plain bytes in one piece");
	assert_array_refused(store, "/big-endian", "is no array of numbers of a type convoy writes");
	assert_array_refused(store, "/text", "has 24 bytes, which do not lie within the file");
	assert_array_refused(store, "/five", "has 5 dimensions, the limit is 4");
	assert_array_refused(store, "/never-written", "has 4398046511104 bytes, which do not lie within the file");
	assert_array_refused(store, "/soft", "/soft is a link to elsewhere, which is not followed");
	assert_array_refused(store, "/root/good", "/root is a link to elsewhere, which is not followed");
	assert_array_refused(store, "/elsewhere", "/elsewhere is a link to elsewhere, which is not followed");
	assert_array_refused(store, "/group/below", "no such array");
	assert_false(store_has(store, "/good/below"));
	char **names;
	size_t count;
	assert_int_equal(store_get_names(store, "/text", &count, &names, &err), -1);
	float data[3];
	struct err none = {0}, variable = {0};
	assert_null(store_text(store, "job", &variable));
	assert_int_equal(variable.code, EX_DATAERR);
	struct store_array good = array;
	good.path = "/good";
	assert_int_equal(store_get(store, &good, data, &none), 0);
	store_destroy(store);
}

static int visit_nothing(void *context, const char *path, struct err *err)
{
	(void)context, (void)path, (void)err;
	return 0;
}

/* Walks the crafted file and fails unless that ends in an error with this text at its end. */
static void assert_walk_fails(hid_t file, const char *end)
{
	struct err err = {0}, walk = {0};
	H5Fclose(file);
	save_crafted();
	struct store *store = store_open(in_folder(folder, "c.h5"), &err);
	assert_non_null(store);
	assert_int_equal(store_walk(store, visit_nothing, NULL, &walk), -1);
	assert_int_equal(walk.code, EX_DATAERR);
	assert_non_null(strstr(walk.text, end));
	store_destroy(store);
}

/* A group that contains itself; groups of which each contains the next one twice, 2^20 paths in all; a link. */
static void a_walk_ends(void **state)
{
	(void)state;
	hid_t file = raw_create();
	H5Gclose(H5Gcreate2(file, "/a", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
	H5Lcreate_hard(file, "/a", file, "/a/again", H5P_DEFAULT, H5P_DEFAULT);
	assert_walk_fails(file, "has a path above 511 bytes");

	char path[64] = "", more[64];
	file = raw_create();
	for (int level = 0; level < 20; level++) {
		snprintf(more, sizeof more, "%s/b", path);
		strcat(path, "/a");
		H5Gclose(H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
		H5Lcreate_hard(file, path, file, more, H5P_DEFAULT, H5P_DEFAULT);
	}
	assert_walk_fails(file, "has more than 16384 groups and arrays");

	file = raw_create();
	H5Lcreate_soft("/", file, "/root", H5P_DEFAULT, H5P_DEFAULT);
	assert_walk_fails(file, "/root is a link to elsewhere, which is not followed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(every_other_length_is_refused),
		cmocka_unit_test(damage_is_described),
		cmocka_unit_test(only_regular_files_are_opened),
		cmocka_unit_test(foreign_storage_and_links_are_refused),
		cmocka_unit_test(a_walk_ends),
	};
	return cmocka_run_group_tests_name("store: damage", tests, folder_setup, folder_teardown);
}
