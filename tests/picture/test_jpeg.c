/* picture: JPEG files are turned as EXIF says, refused wherever they are cut, and read on after their reader has died, by
 * several readers at the same time.
 *
 *   test_jpeg FOLDER
 *
 * reads each FOLDER/NAME.jpg for jpeg.sh, and writes FOLDER/NAME.ppm and .pgm, or FOLDER/NAME.txt with the error. */
#include "picture/folder.h"
#include "picture/jpeg_files.h"

#include <convoy/picture.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIDE = 16, MARKER = 64 };

static const uint8_t quarter[] = {10, 80, 150, 220};

static int decoded(struct photo *out, const struct jpeg_file *file, size_t count, size_t maps, struct err *err)
{
	return photo_decode(out, "x", file->byte, count, maps, (struct colour){0}, err);
}

/* EXIF with one entry (EXIF 2.32, 4.6.2): a tag, a type, a count, a value. */
static unsigned exif_make(uint8_t out[MARKER], bool little, unsigned tag, unsigned type, unsigned value)
{
	const unsigned field[][2] = {{0x2a, 2}, {8, 4}, {1, 2}, {tag, 2}, {type, 2}, {1, 4}, {value, 2}, {0, 2}, {0, 4}};
	unsigned at = 8;
	memcpy(out, "Exif\0", 6);
	memset(out + 6, little ? 'I' : 'M', 2);
	for (size_t f = 0; f < sizeof field / sizeof *field; f++)
		for (unsigned b = 0; b < field[f][1]; b++)
			out[at++] = (uint8_t)(field[f][0] >> 8 * (little ? b : field[f][1] - 1 - b));
	return at;
}

static void cameras_are_held_in_every_way(void **state)
{
	(void)state;
	/* Upper left, upper right, lower left, lower right, as the standard's figure has them. */
	static const uint8_t seen[][4] = {
		{0, 1, 2, 3}, {0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1},
		{0, 2, 1, 3}, {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2}, {0, 1, 2, 3},
	};
	for (unsigned turn = 0; turn < sizeof seen / sizeof *seen; turn++)
		for (int little = 0; little < 2; little++) {
			struct err err = {0};
			struct photo photo;
			uint8_t marker[MARKER];
			unsigned bytes = exif_make(marker, little, 0x0112, 3, turn);
			struct jpeg_file file = jpeg_make(quarter, 1, SIDE, 2 * SIDE, marker, bytes, false);
			assert_int_equal(decoded(&photo, &file, file.count, 1, &err), 0);
			bool swaps = turn >= 5 && turn <= 8;
			assert_int_equal(photo.rows, swaps ? 2 * SIDE : SIDE);
			assert_int_equal(photo.columns, swaps ? SIDE : 2 * SIDE);
			for (size_t i = 0; i < 4; i++) {
				size_t y = i / 2 * (photo.rows - 1), x = i % 2 * (photo.columns - 1);
				assert_int_equal(photo.sample[y * photo.columns + x], quarter[seen[turn][i]]);
			}
			photo_free(&photo);
			free(file.byte);
		}
}

/* What is no orientation is none, wherever EXIF ends. */
static void exif_may_be_anything(void **state)
{
	(void)state;
	uint8_t marker[MARKER];
	unsigned whole = exif_make(marker, true, 0x0112, 3, 3);
	for (unsigned kind = 0; kind < 3 + whole; kind++) {
		struct err err = {0};
		struct photo photo;
		unsigned bytes = exif_make(marker, true, kind == 0 ? 0x0113 : 0x0112, kind == 1 ? 4 : 3, 3);
		if (kind == 2)
			memset(marker + 10, 0xff, 4); /* the directory lies beyond the end */
		if (kind >= 3)
			bytes = kind - 3;
		bool value = kind >= 3 && bytes >= whole - 4; /* what follows the entry is not needed */
		struct jpeg_file file = jpeg_make(quarter, 1, SIDE, SIDE, marker, bytes, false);
		assert_int_equal(decoded(&photo, &file, file.count, 1, &err), 0);
		assert_int_equal(photo.sample[0], quarter[value ? 3 : 0]);
		photo_free(&photo);
		free(file.byte);
	}
}

static void a_cut_is_refused_anywhere(void **state)
{
	(void)state;
	for (int progressive = 0; progressive < 2; progressive++) {
		struct jpeg_file file = jpeg_make(quarter, 1, SIDE, SIDE, NULL, 0, progressive);
		for (size_t count = 4; count <= file.count; count++) {
			struct err err = {0};
			struct photo photo;
			int code = decoded(&photo, &file, count, 1, &err);
			assert_int_equal(code, count < file.count ? -1 : 0);
			assert_int_equal(err.code, count < file.count ? EX_DATAERR : 0);
			assert_int_equal(strncmp(err.text, "x: no good JPEG: ", code == 0 ? 0 : strlen("x: no good JPEG: ")), 0);
			photo_free(&photo);
		}
		free(file.byte);
	}
}

/* Every bit of a file turned round: read or refused, and the next one is read. */
static void damage_harms_nothing(void **state)
{
	(void)state;
	struct jpeg_file file = jpeg_make(quarter, 1, SIDE, SIDE, NULL, 0, false);
	for (size_t bit = 0; bit < 8 * file.count; bit += 3) {
		struct err err = {0}, none = {0};
		struct photo photo = {0};
		file.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
		if (decoded(&photo, &file, file.count, 3, &err) != 0)
			assert_int_equal(err.code, EX_DATAERR);
		photo_free(&photo);
		file.byte[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_int_equal(decoded(&photo, &file, file.count, 3, &none), 0);
		photo_free(&photo);
	}
	free(file.byte);
}

static void sizes_have_limits(void **state)
{
	(void)state;
	struct jpeg_file file = jpeg_make(quarter, 1, SIDE, SIDE, NULL, 0, false);
	struct err err = {0};
	struct photo photo;
	size_t at = 0;
	while (file.byte[at] != 0xff || file.byte[at + 1] != 0xc0)
		at++;
	memset(file.byte + at + 5, 0xfd, 4); /* height and width: 65,021 */
	assert_int_equal(decoded(&photo, &file, file.count, 1, &err), -1);
	assert_string_equal(err.text, "x: 65021×65021 pixels: 1 to 67108864 are read");
	free(file.byte);
}

/* The only process that this one has started. */
static pid_t reader_find(void)
{
	char path[64], text[64] = "";
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *file = fopen(path, "r");
	if (file != NULL) {
		if (fgets(text, sizeof text, file) == NULL)
			text[0] = 0;
		fclose(file);
	}
	return (pid_t)atoi(text);
}

static void a_dead_reader_is_replaced(void **state)
{
	(void)state;
	struct jpeg_file file = jpeg_make(quarter, 1, SIDE, SIDE, NULL, 0, false);
	struct err err = {0};
	struct photo photo;
	assert_int_equal(decoded(&photo, &file, file.count, 1, &err), 0);
	photo_free(&photo);
	pid_t reader = reader_find();
	if (reader <= 0)
		skip(); /* a kernel that does not list them */
	siginfo_t info;
	assert_int_equal(kill(reader, SIGTERM), 0); /* which is not for it */
	assert_int_equal(decoded(&photo, &file, file.count, 1, &err), 0);
	photo_free(&photo);
	assert_int_equal(reader_find(), reader);
	assert_int_equal(kill(reader, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)reader, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(decoded(&photo, &file, file.count, 1, &err), 0);
	assert_int_equal(photo.sample[0], 10);
	photo_free(&photo);
	assert_int_not_equal(reader_find(), reader);
	free(file.byte);
}

struct asker {
	struct jpeg_file file;
	sem_t *answered;
	int code;
	uint8_t first;
};

static void *ask(void *context)
{
	struct asker *asker = context;
	struct err err = {0};
	struct photo photo;
	asker->code = decoded(&photo, &asker->file, asker->file.count, 1, &err);
	asker->first = asker->code == 0 ? photo.sample[0] : 0;
	photo_free(&photo);
	sem_post(asker->answered);
	return NULL;
}

/* Of two threads that ask at the same time one has a reader that stands still: the other does not wait for it. */
static void each_thread_has_a_reader(void **state)
{
	(void)state;
	static const uint8_t grey[2][4] = {{10, 10, 10, 10}, {220, 220, 220, 220}};
	struct asker asker[2];
	pthread_t thread[2];
	sem_t answered;
	struct err err = {0};
	struct photo photo;
	assert_int_equal(sem_init(&answered, 0, 0), 0);
	for (size_t i = 0; i < 2; i++)
		asker[i] = (struct asker){jpeg_make(grey[i], 1, SIDE, SIDE, NULL, 0, false), &answered, -1, 0};
	assert_int_equal(decoded(&photo, &asker[0].file, asker[0].file.count, 1, &err), 0);
	photo_free(&photo);
	pid_t reader = reader_find();
	if (reader <= 0)
		skip();
	assert_int_equal(kill(reader, SIGSTOP), 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, ask, &asker[i]), 0);
	assert_int_equal(sem_wait(&answered), 0);
	assert_int_equal(kill(reader, SIGCONT), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(asker[i].code, 0);
		assert_int_equal(asker[i].first, grey[i][0]);
		free(asker[i].file.byte);
	}
	sem_destroy(&answered);
}

int main(int argc, char **argv)
{
	int status;
	if (photos_serve(argc, argv, &status))
		return status;
	if (argc == 2)
		return folder_read(argv[1], ".jpg");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cameras_are_held_in_every_way),
		cmocka_unit_test(exif_may_be_anything),
		cmocka_unit_test(a_cut_is_refused_anywhere),
		cmocka_unit_test(damage_harms_nothing),
		cmocka_unit_test(sizes_have_limits),
		cmocka_unit_test(a_dead_reader_is_replaced),
		cmocka_unit_test(each_thread_has_a_reader),
	};
	return cmocka_run_group_tests_name("picture: JPEG", tests, NULL, NULL);
}
