/* store: SHA-256 against the vectors of FIPS 180, and its forms over parts and files. */
#include <convoy/store.h>

#include <setjmp.h>
#include <cmocka.h>

#include "store/folder.h"

/* NIST, FIPS 180-4 examples and the Secure Hashing "Examples with Intermediate Values"; a million "a" likewise. */
static const char empty_sum[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char abc_sum[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char million_sum[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void assert_digest(struct digest digest, const char *expected)
{
	char text[2 * DIGEST_BYTES + 1];
	digest_text(&digest, text);
	assert_string_equal(text, expected);
}

static void digests_are_sha256(void **state)
{
	(void)state;
	static char million[1000000];
	memset(million, 'a', sizeof million);
	assert_digest(digest_of("", 0), empty_sum);
	assert_digest(digest_of("abc", 3), abc_sum);
	assert_digest(digest_of(million, sizeof million), million_sum);
}

static void parts_do_not_run_together(void **state)
{
	(void)state;
	const void *one[] = {"ab", "c"}, *other[] = {"a", "bc"}, *whole[] = {"abc"};
	const size_t one_counts[] = {2, 1}, other_counts[] = {1, 2}, whole_counts[] = {3};
	struct digest a = digest_of_parts(2, one, one_counts), b = digest_of_parts(2, other, other_counts);
	struct digest c = digest_of_parts(1, whole, whole_counts), again = digest_of_parts(2, one, one_counts);
	assert_memory_equal(&a, &again, sizeof a);
	assert_memory_not_equal(&a, &b, sizeof a);
	assert_memory_not_equal(&a, &c, sizeof a);
	/* The definition: each part behind its length in 8 little-endian bytes. */
	struct digest defined = digest_of("\2\0\0\0\0\0\0\0ab\1\0\0\0\0\0\0\0c", 19);
	assert_memory_equal(&a, &defined, sizeof a);
}

static void files_are_digested_in_pieces(void **state)
{
	(void)state;
	struct err err = {0};
	struct digest digest;
	static char million[1000000];
	memset(million, 'a', sizeof million);
	assert_int_equal(file_write(folder, "million", million, sizeof million, &err), 0);
	assert_int_equal(file_write(folder, "empty", "", 0, &err), 0);
	assert_int_equal(digest_of_file(in_folder(folder, "million"), &digest, &err), 0);
	assert_digest(digest, million_sum);
	assert_int_equal(digest_of_file(in_folder(folder, "empty"), &digest, &err), 0);
	assert_digest(digest, empty_sum);
}

static void what_is_no_file_is_an_error(void **state)
{
	(void)state;
	struct err missing = {0}, directory = {0};
	struct digest digest;
	char text[1024];
	const char *path = in_folder(folder, "none");
	assert_int_equal(digest_of_file(path, &digest, &missing), -1);
	assert_int_equal(missing.code, EX_NOINPUT);
	snprintf(text, sizeof text, "%s: cannot open: No such file or directory", path);
	assert_string_equal(missing.text, text);
	assert_int_equal(digest_of_file(folder, &digest, &directory), -1);
	assert_int_equal(directory.code, EX_DATAERR);
	snprintf(text, sizeof text, "%s: is not a regular file", folder);
	assert_string_equal(directory.text, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_sha256),
		cmocka_unit_test(parts_do_not_run_together),
		cmocka_unit_test(files_are_digested_in_pieces),
		cmocka_unit_test(what_is_no_file_is_an_error),
	};
	return cmocka_run_group_tests_name("store: digests", tests, folder_setup, folder_teardown);
}
