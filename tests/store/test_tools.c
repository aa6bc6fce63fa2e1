/* store: HDF5's own tools and h5py read a file, header and all. */
#include <convoy/store.h>

#include <setjmp.h>
#include <cmocka.h>
#include <sys/wait.h>

#include "store/content.h"

/* Runs a shell command on FOLDER/other.h5 ("$1"): its exit status. */
static int run_on_file(const char *command)
{
	char line[2048];
	snprintf(line, sizeof line, "set -- '%s/other.h5'; exec 2>'%s/errors'; %s", folder, folder, command);
	int status = system(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void h5ls_reads_it(void **state)
{
	(void)state;
	if (run_on_file("command -v h5ls >/dev/null && command -v h5dump >/dev/null") != 0)
		skip();
	store_save(store_filled(1), "other.h5", 1);
	assert_int_equal(run_on_file("h5ls -r \"$1\" | "
	                             "tr -s ' ' | grep -qxF '/layers/01-convolution/kernels Dataset {2, 1, 3, 3}'"), 0);
	assert_int_equal(run_on_file("h5dump -a /layers/01-convolution/kernels/description \"$1\" | "
	                             "grep -q 'kernels in correlation form'"), 0);
}

static void h5py_reads_it(void **state)
{
	(void)state;
	if (run_on_file("/usr/bin/python3 -c 'import h5py'") != 0)
		skip();
	store_save(store_filled(1), "other.h5", 9);
	assert_int_equal(run_on_file("/usr/bin/python3 - \"$1\" <<'END'\n"
		"import sys, h5py\n"
		"f = h5py.File(sys.argv[1], 'r')\n"
		"k = f['/layers/01-convolution/kernels']\n"
		"assert f.attrs['step'] == 9 and f.attrs['format'] == b'convoy', f.attrs['format']\n"
		"assert k.dtype.str == '<f4' and k.shape == (2, 1, 3, 3) and k[1, 0, 2, 2] == 1 + 17 / 16\n"
		"assert [d.label for d in k.dims] == ['output map', 'input map', 'row', 'column']\n"
		"p = f['/pictures/kernels']\n"
		"assert [d.label for d in p.dims] == ['', 'column'] and p.attrs['CLASS'] == b'IMAGE'\n"
		"assert list(f['classes']) == [b'odd', b'even']\n"
		"assert f['/layers/02-pooling/beta'].shape == (0,)\n"
		"END\n"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h5ls_reads_it),
		cmocka_unit_test(h5py_reads_it),
	};
	return cmocka_run_group_tests_name("store: other programs", tests, folder_setup, folder_teardown);
}
