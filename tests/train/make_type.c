/* make_type FROM TO TYPE [FACTOR [PATHS]]: copies a file of samples of bytes, with images of another type, each number
 * times FACTOR, and labels of 64 bits. PATHS: those of the copies, of images and labels to train on, then to test with.
 * Where TO ends in a slash: to files of NumPy in that folder. With HOLES=N in the environment two of N samples lack a
 * number: of the inputs of one, NaN, infinity or a fill value, and the label of another; with DROP=N these samples are
 * not there. For the shell tests. */
#include "data/npy.h"

#include <hdf5.h>
#include <math.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hid_t type_named(const char *name)
{
	const struct {
		const char *name;
		hid_t type;
	} types[] = {
		{"uint8", H5T_STD_U8LE}, {"int16", H5T_STD_I16BE}, {"uint16", H5T_STD_U16LE}, {"float32", H5T_IEEE_F32LE}, {"float64", H5T_IEEE_F64BE},
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, name) == 0)
			return types[i].type;
	return H5I_INVALID_HID;
}

/* In place: numbers of 64 bits become those of the type. */
static int numpy_put(const char *folder, const char *path, hid_t type, int rank, const hsize_t *dims, double *number)
{
	bool test = strncmp(path, "/test", 5) == 0, images = strstr(path, "images") != NULL;
	size_t sides[4], count = 1, bytes = H5Tget_size(type);
	char file[4096], name[8];
	for (int i = 0; i < rank; i++)
		count *= sides[i] = (size_t)dims[i];
	snprintf(file, sizeof file, "%s%s-%s.npy", folder, test ? "test" : "train", images ? "inputs" : "targets");
	snprintf(name, sizeof name, "'%c%c%zu'", H5Tget_order(type) == H5T_ORDER_BE ? '>' : '<',
	         H5Tget_class(type) == H5T_FLOAT ? 'f' : H5Tget_sign(type) == H5T_SGN_2 ? 'i' : 'u', bytes);
	if (H5Tconvert(H5T_NATIVE_DOUBLE, type, count, number, NULL, H5P_DEFAULT) < 0)
		return -1;
	return npy_write(file, name, "False", rank, sides, number, count * bytes);
}

static size_t asked(const char *name)
{
	const char *text = getenv(name);
	return text != NULL ? strtoul(text, NULL, 10) : 0;
}

static bool lacks(size_t sample, size_t of, size_t rest)
{
	return of > 0 && sample % of == rest;
}

/* Puts holes into the numbers, or drops the samples that would have them; *samples becomes what is left. */
static void holes_make(double *number, size_t *samples, size_t each, bool inputs, hid_t type)
{
	size_t holes = asked("HOLES"), drop = asked("DROP"), kept = 0;
	bool floats = H5Tget_class(type) == H5T_FLOAT;
	for (size_t i = 0; i < *samples; i++) {
		if (lacks(i, drop, 3) || lacks(i, drop, 5))
			continue;
		if (inputs && lacks(i, holes, 3))
			number[i * each + i % each] = !floats ? -999 : i % 2 == 0 ? NAN : INFINITY;
		if (!inputs && lacks(i, holes, 5))
			number[i] = -0x1p63;
		memmove(number + kept++ * each, number + i * each, each * sizeof *number);
	}
	*samples = kept;
}

static void fill_note(hid_t array, double fill)
{
	hid_t space = H5Screate(H5S_SCALAR);
	hid_t id = H5Acreate2(array, "_FillValue", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
	H5Awrite(id, H5T_NATIVE_DOUBLE, &fill);
	H5Aclose(id);
	H5Sclose(space);
}

/* `to` is negative for files of NumPy. */
static int array_copy(hid_t from, const char *path, hid_t to, const char *other, hid_t type, double factor,
                      const char *folder)
{
	hid_t array = H5Dopen2(from, path, H5P_DEFAULT), space = H5Dget_space(array);
	hid_t create = H5Pcreate(H5P_DATASET_CREATE), link = H5Pcreate(H5P_LINK_CREATE);
	hsize_t dims[4] = {0};
	int rank = H5Sget_simple_extent_dims(space, dims, NULL), code = -1;
	size_t count = (size_t)H5Sget_simple_extent_npoints(space);
	double *number = malloc(count * sizeof *number);
	hsize_t whole[4] = {dims[0], dims[1], dims[2], dims[3]};
	H5Pset_create_intermediate_group(link, 1);
	dims[0] = dims[0] < 64 ? dims[0] : 64;
	H5Pset_chunk(create, rank, dims);
	H5Pset_shuffle(create);
	H5Pset_deflate(create, 1);
	if (number != NULL && H5Dread(array, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, number) >= 0) {
		for (size_t i = 0; i < count; i++)
			number[i] *= factor;
		size_t samples = whole[0];
		bool inputs = strstr(path, "images") != NULL;
		if (inputs || to >= 0) /* files of NumPy have no fill values for labels */
			holes_make(number, &samples, count / samples, inputs, type);
		whole[0] = samples;
		H5Sset_extent_simple(space, rank, whole, NULL);
		if (to < 0) {
			code = numpy_put(folder, path, type, rank, whole, number);
		} else {
			hid_t copy = H5Dcreate2(to, other, type, space, link, create, H5P_DEFAULT);
			if (H5Dwrite(copy, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, number) >= 0)
				code = 0;
			if (asked("HOLES") > 0 && H5Tget_class(type) != H5T_FLOAT)
				fill_note(copy, inputs ? -999 : -0x1p63);
			H5Dclose(copy);
		}
	}
	free(number);
	H5Pclose(create);
	H5Pclose(link);
	H5Sclose(space);
	H5Dclose(array);
	return code;
}

int main(int argc, char **argv)
{
	hid_t type = argc > 3 ? type_named(argv[3]) : H5I_INVALID_HID;
	static const char *const usual[] = {"/train/images", "/train/labels", "/test/images", "/test/labels"};
	enum { ARRAYS = sizeof usual / sizeof *usual, NAMED = 5 };
	const char *const *path = argc == NAMED + ARRAYS ? (const char *const *)argv + NAMED : usual;
	if (type < 0 || (argc > NAMED && path == usual)) {
		fputs("make_type FROM TO uint8|int16|uint16|float32|float64 [FACTOR [PATHS]]\n", stderr);
		return 64;
	}
	double factor = argc > 4 ? strtod(argv[4], NULL) : 1;
	hid_t from = H5Fopen(argv[1], H5F_ACC_RDONLY, H5P_DEFAULT);
	bool numpy = argv[2][0] != 0 && argv[2][strlen(argv[2]) - 1] == '/';
	hid_t to = numpy ? H5I_INVALID_HID : H5Fcreate(argv[2], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	int code = 0;
	for (size_t a = 0; a < ARRAYS; a++)
		code |= array_copy(from, usual[a], to, path[a], a % 2 == 0 ? type : H5T_STD_I64BE,
		                   a % 2 == 0 ? factor : 1, argv[2]);
	H5Fclose(from);
	if (!numpy)
		H5Fclose(to);
	return code == 0 ? 0 : 1;
}
