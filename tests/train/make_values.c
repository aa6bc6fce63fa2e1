/* make_values FILE u8|f32 values|labels|masks: a small HDF5 file of samples with arrays "fields", bytes or the same
 * numbers as floats, 1 map of 4 × 4, and "targets": three linear functions of them, or whether these are positive;
 * "kinds": whether the first is; "large": whether each position is; "trust": a weight for each sample. masks: 1 map of
 * 24 × 24, and targets of as many positions: 0 where the field is small, 1 where it is large, 2 where it is large on the
 * right too. turned-labels, turned-masks: the same, but of a file that names them, in another order. For the shell
 * tests. */
#include <hdf5.h>

#include <convoy/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 16, SIDE = 24, LARGE = 128, VALUES = 3, TRAIN = 600, TEST = 150, MOST = TRAIN };

static const double bias[VALUES] = {0.5, -1, 20};

/* Weights of a value: of any size, its own unit, as people have them. */
static double weight(size_t k, size_t i)
{
	static const double unit[VALUES] = {1, 0.1, 10};
	return unit[k] * (random_uniform(7, RANDOM_CHECK, k, i) - 0.5) / SIZE;
}

/* Masks, of rank 3 and more, are chunked, so that they can be read in windows. */
static int array_put(hid_t file, const char *path, hid_t stored, hid_t type, int rank, const hsize_t *dims,
                     const void *numbers)
{
	hid_t space = H5Screate_simple(rank, dims, NULL), link = H5Pcreate(H5P_LINK_CREATE);
	hid_t create = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_create_intermediate_group(link, 1);
	if (rank > 2 && dims[rank - 1] == SIDE)
		H5Pset_chunk(create, rank, (const hsize_t[]){10, rank > 3 ? 1 : SIDE, SIDE, SIDE});
	hid_t array = H5Dcreate2(file, path, stored, space, link, create, H5P_DEFAULT);
	int code = H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0 ? 0 : 1;
	H5Dclose(array);
	H5Pclose(create);
	H5Pclose(link);
	H5Sclose(space);
	return code;
}

static int trust_put(hid_t file, const char *part, size_t count)
{
	static double weights[MOST];
	char path[64];
	for (size_t n = 0; n < count; n++)
		weights[n] = n % 3 == 0 ? 0 : n % 3 == 1 ? 0.5 : 1.25;
	snprintf(path, sizeof path, "/%s/trust", part);
	return array_put(file, path, H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, 1, (hsize_t[]){count}, weights);
}

static int names_put(hid_t file, const char (*names)[5])
{
	hid_t type = H5Tcopy(H5T_C_S1);
	H5Tset_size(type, sizeof *names);
	int code = array_put(file, "/classes", type, type, 1, (hsize_t[]){3}, names);
	H5Tclose(type);
	return code;
}

static int masks_put(hid_t file, const char *part, size_t first, size_t count, bool bytes, bool turned)
{
	static unsigned char pixel[MOST][SIDE][SIDE], mask[MOST][SIDE][SIDE];
	char path[64];
	for (size_t n = 0; n < count; n++)
		for (size_t i = SIDE * SIDE; i-- > 0;) {
			size_t r = i / SIDE, c = i % SIDE;
			pixel[n][r][c] = (unsigned char)random_below(6, RANDOM_CHECK, first + n, i, 256);
			bool right = c + 1 < SIDE && pixel[n][r][c + 1] >= LARGE;
			mask[n][r][c] = (unsigned char)(((pixel[n][r][c] < LARGE ? 0 : right ? 2 : 1) + turned) % 3);
		}
	snprintf(path, sizeof path, "/%s/fields", part);
	int code = array_put(file, path, bytes ? H5T_STD_U8LE : H5T_IEEE_F32BE, H5T_NATIVE_UCHAR, 4,
	                     (hsize_t[]){count, 1, SIDE, SIDE}, pixel);
	snprintf(path, sizeof path, "/%s/targets", part);
	code |= array_put(file, path, bytes ? H5T_STD_U8LE : H5T_STD_I32BE, H5T_NATIVE_UCHAR, 3,
	                  (hsize_t[]){count, SIDE, SIDE}, mask);
	return code | trust_put(file, part, count);
}

static int part_put(hid_t file, const char *part, size_t first, size_t count, bool bytes, bool labels, bool turned)
{
	static unsigned char pixel[MOST][SIZE];
	static unsigned char kind[MOST], large[MOST][SIZE];
	static double target[MOST][VALUES];
	char path[64];
	for (size_t n = 0; n < count; n++)
		for (size_t k = 0; k < VALUES; k++) {
			double *own = &target[n][(k + turned) % VALUES];
			*own = bias[k];
			for (size_t i = 0; i < SIZE; i++) {
				pixel[n][i] = (unsigned char)random_below(5, RANDOM_CHECK, first + n, i, 256);
				*own += weight(k, i) * (pixel[n][i] - 127.5);
				large[n][i] = pixel[n][i] >= LARGE;
			}
			if (k == 0)
				kind[n] = *own > bias[k];
			if (labels)
				*own = *own - bias[k] > 0;
		}
	snprintf(path, sizeof path, "/%s/fields", part);
	int code = array_put(file, path, bytes ? H5T_STD_U8LE : H5T_IEEE_F32BE, H5T_NATIVE_UCHAR, 4,
	                     (hsize_t[]){count, 1, 4, 4}, pixel);
	snprintf(path, sizeof path, "/%s/targets", part);
	char other[64];
	code |= trust_put(file, part, count);
	snprintf(other, sizeof other, "/%s/kinds", part);
	code |= array_put(file, other, H5T_STD_U8LE, H5T_NATIVE_UCHAR, 1, (hsize_t[]){count}, kind);
	snprintf(other, sizeof other, "/%s/large", part);
	code |= array_put(file, other, H5T_STD_I16LE, H5T_NATIVE_UCHAR, 3, (hsize_t[]){count, 4, 4}, large);
	return code | array_put(file, path, labels ? H5T_STD_U8LE : H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2,
	                        (hsize_t[]){count, VALUES}, target);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fputs("make_values FILE u8|f32 values|labels|masks|turned-labels|turned-masks\n", stderr);
		return 64;
	}
	bool bytes = strcmp(argv[2], "u8") == 0, turned = strncmp(argv[3], "turned-", 7) == 0;
	const char *kind = argv[3] + 7 * turned;
	bool labels = strcmp(kind, "labels") == 0, masks = strcmp(kind, "masks") == 0;
	hid_t file = H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	int code = 0;
	for (size_t p = 0; p < 2; p++) {
		const char *part = p == 0 ? "train" : "test";
		size_t first = p == 0 ? 0 : TRAIN, count = p == 0 ? TRAIN : TEST;
		code |= masks ? masks_put(file, part, first, count, bytes, turned)
		              : part_put(file, part, first, count, bytes, labels, turned);
	}
	if (turned)
		code |= names_put(file, masks ? (const char[3][5]){"wide", "low", "high"} : (const char[3][5]){"c", "a", "b"});
	H5Fclose(file);
	return code;
}
