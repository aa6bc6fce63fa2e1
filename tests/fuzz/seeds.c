/* seeds DIRECTORY: writes what fuzzing begins with, small files that convoy accepts, into DIRECTORY/TARGET. */
#include "faults/small.h"
#include "picture/jpeg_files.h"
#include "picture/tiff_files.h"
#include "picture/png_files.h"

#include <convoy/onnx.h>
#include <convoy/picture.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { HEADER = 512 };

static const char *top;

static void fail(const char *text)
{
	fprintf(stderr, "seeds: %s\n", text);
	exit(1);
}

static void seed(const char *target, const char *name, const void *bytes, size_t count)
{
	struct err err = {0};
	char directory[512];
	snprintf(directory, sizeof directory, "%s/%s", top, target);
	if (directory_make(directory, &err) != 0 || file_write(directory, name, bytes, count, &err) != 0)
		fail(err.text);
}

/* As a gzip file, where so asked. */
static size_t packed(const uint8_t *bytes, size_t count, uint8_t *to, size_t room, bool pack)
{
	if (!pack) {
		memcpy(to, bytes, count);
		return count;
	}
	z_stream z = {0};
	if (deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		fail("no memory");
	z.next_in = (z_const Bytef *)bytes;
	z.avail_in = (uInt)count;
	z.next_out = to;
	z.avail_out = (uInt)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		fail("no room");
	deflateEnd(&z);
	return room - z.avail_out;
}

/* Images of 4×4 pixels and their labels, in the layout of idx.c. */
static void idx_seed(const char *target, const char *name, size_t images, bool planes, bool pack)
{
	uint8_t plain[512] = {0, 0, 8, planes ? 4 : 3, 0, 0, 0, (uint8_t)images}, file[1024], labels[64] = {0, 0, 8, 1};
	size_t at = 8;
	if (planes) {
		plain[at + 3] = 1;
		at += 4;
	}
	plain[at + 3] = plain[at + 7] = 4;
	at += 8;
	for (size_t i = 0; i < images * 16; i++)
		plain[at++] = (uint8_t)(i * 37);
	size_t count = packed(plain, at, file + 2, sizeof file - 2, pack);
	file[0] = (uint8_t)count;
	file[1] = (uint8_t)(count >> 8);
	labels[7] = (uint8_t)images;
	for (size_t i = 0; i < images; i++)
		labels[8 + i] = (uint8_t)(i % 4);
	count += 2;
	count += packed(labels, 8 + images, file + count, sizeof file - count, pack);
	seed(target, name, file, count);
}

/* Each type of PNG at its least and most bits, interlaced, with a palette of two and tRNS where there may be one. */
static void png_seeds(void)
{
	static const int kinds[][2] = {{PNG_GREY, 1}, {PNG_GREY, 16}, {PNG_RGB, 8}, {PNG_RGB, 16}, {PNG_INDEX, 1}, {PNG_INDEX, 8},
	                               {PNG_GREY_ALPHA, 8}, {PNG_GREY_ALPHA, 16}, {PNG_RGB_ALPHA, 8}, {PNG_RGB_ALPHA, 16}};
	static const uint8_t palette[] = {10, 200, 30, 250, 0, 90}, trns[6] = {0, 1, 0, 0, 0, 1};
	uint16_t sample[5 * 4 * 4];
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		struct png_file f = {.type = kinds[k][0], .depth = kinds[k][1], .interlaced = k % 2, .rows = 5, .columns = 4,
		                     .sample = sample, .palette = palette, .trns = trns};
		char name[32];
		f.colours = f.type == PNG_INDEX ? 2 : 0;
		f.transparent = f.type == PNG_INDEX ? 1 : f.type < PNG_GREY_ALPHA ? 2 * png_channels(f.type) : 0;
		for (size_t i = 0; i < sizeof sample / sizeof *sample; i++)
			sample[i] = (uint16_t)(i % 2);
		struct bytes file = png_make(&f);
		snprintf(name, sizeof name, "type%d-depth%d.png", f.type, f.depth);
		seed("picture", name, file.byte, file.count);
		free(file.byte);
	}
}

static void jpeg_seeds(void)
{
	static const uint8_t quarter[] = {10, 80, 150, 220};
	static const uint8_t exif[] = "Exif\0\0II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0";
	static const int components[] = {1, 3, 4};
	for (int i = 0; i < 6; i++) {
		char name[32];
		struct jpeg_file file = jpeg_make(quarter, components[i / 2], 9, 14, exif, sizeof exif, i % 2 == 1);
		snprintf(name, sizeof name, "%d-%s.jpg", components[i / 2], i % 2 == 1 ? "progressive" : "baseline");
		seed("jpeg", name, file.byte, file.count);
		free(file.byte);
	}
}

/* depth, format, photometric, bands, compression (numbers of the standard), side of a tile, whether bands lie apart. */
static void tiff_seeds(void)
{
	static const uint8_t sample[20 * 14 * 4 * 4];
	static const uint16_t palette[3 * 256];
	static const struct {
		size_t depth;
		int format, photometric;
		size_t bands;
		int compression;
		size_t tile;
		bool planes;
	} kinds[] = {
		{1, 1, 0, 1, 1, 0, false}, {8, 1, 1, 1, 5, 0, false}, {8, 1, 2, 3, 8, 16, false}, {8, 1, 2, 4, 32773, 0, true},
		{8, 1, 3, 1, 5, 16, false}, {16, 1, 1, 1, 1, 0, false}, {32, 3, 1, 2, 5, 0, true}, {32, 2, 1, 1, 8, 16, false},
		{8, 1, 5, 4, 1, 0, false}, {8, 1, 2, 3, 7, 16, false},
	};
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		char name[32];
		struct tiff_page page[2];
		for (size_t p = 0; p < 2; p++)
			page[p] = (struct tiff_page){
				.mode = k % 2 == 0 ? "wl" : "wb", .rows = 14, .columns = 20, .bands = kinds[k].bands,
				.depth = kinds[k].depth, .format = kinds[k].format, .photometric = kinds[k].photometric,
				.compression = kinds[k].compression, .extra = -1, .turn = (int)k % 9, .tile = kinds[k].tile,
				.strip = 8, .planes = kinds[k].planes, .palette = kinds[k].photometric == 3 ? palette : NULL,
				.sample = sample,
			};
		struct tiff_file file = tiff_make(k % 4 == 0 ? 2 : 1, page);
		snprintf(name, sizeof name, "%zu-%zu.tif", kinds[k].depth, k);
		seed("tiff", name, file.byte, file.count);
		free(file.byte);
	}
}

static void picture_seeds(void)
{
	struct err err = {0};
	struct canvas canvas;
	size_t count = 0;
	uint8_t *png = NULL;
	if (canvas_create(&canvas, 9, 6, (struct colour){200, 30, 90}, &err) != 0 ||
	    (png = canvas_png(&canvas, &count, &err)) == NULL)
		fail(err.text);
	seed("picture", "colours.png", png, count);
	free(png);
	canvas_free(&canvas);
	png_seeds();
	seed("picture", "grey.pgm", "P5\n# grey\n3 2\n255\nabcdef", strlen("P5\n# grey\n3 2\n255\nabcdef"));
	seed("picture", "deep.pgm", "P5 2 1 65535\nabcd", strlen("P5 2 1 65535\nabcd"));
	seed("picture", "colours.ppm", "P6 2 1 255\nabcdef", strlen("P6 2 1 255\nabcdef"));
	seed("picture", "plain.pgm", "P2 2 1 9\n3 4\n", strlen("P2 2 1 9\n3 4\n"));
}

/* In the layout of metrics.c. */
static void metrics_seed(void)
{
	static const char metrics[] =
		"epoch,step,rate,train_loss,train_error,test_loss,test_error,seconds,images_per_second\n"
		"1,5,0.03,1.5,0.5,1.4,0.4,0.1,100\n2,10,0.03,1.2,0.3,,,0.2,110\n";
	static const char validation[] = "epoch,step,validation_loss,validation_error\n1,5,1.6,0.5\n2,10,1.3,0.25\n";
	char both[512] = {(char)(sizeof metrics - 1)};
	memcpy(both + 2, metrics, sizeof metrics - 1);
	memcpy(both + 1 + sizeof metrics, validation, sizeof validation - 1);
	seed("metrics", "both", both, sizeof metrics + sizeof validation);
}

/* As hdf5.c takes bytes: the types of the inputs of both parts, the task at the end, and all else as usual. */
static void hdf5_seeds(void)
{
	enum { TRAIN_TYPE = 2, TEST_TYPE = 46, SIZE = 1500, OTHER = 200 };
	static const enum store_type types[] = {STORE_F16, STORE_F32, STORE_F64, STORE_I64};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		char bytes[SIZE] = {0}, name[16];
		bytes[TRAIN_TYPE] = bytes[TEST_TYPE] = (char)OTHER;
		bytes[TRAIN_TYPE + 1] = bytes[TEST_TYPE + 1] = (char)types[i];
		bytes[SIZE - 1] = (char)(i % 3);
		snprintf(name, sizeof name, "type-%zu", i);
		seed("hdf5", name, bytes, SIZE);
	}
}

static void numpy_seeds(void)
{
	static const char *const dictionaries[] = {
		"\x93NUMPY\1\0\x40\0{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 2), } \n0123456789abcdef",
		"\x93NUMPY\2\0\x40\0\0\0{'descr': '>i2', 'fortran_order': False, 'shape': (4L,), }     \n01234567",
		"\x93NUMPY\3\0\x40\0\0\0{'descr': [('x', '<f8')], 'fortran_order': True, 'shape': ()}  \n01234567",
	};
	static const size_t counts[] = {10 + 64 + 16, 12 + 64 + 8, 12 + 64 + 8};
	for (size_t i = 0; i < 3; i++)
		seed("numpy", (const char *const[]){"floats", "integers", "records"}[i], dictionaries[i], counts[i]);
}

/* A network of every kind of node that convoy writes, where it writes ONNX. */
static void onnx_seed(void)
{
	static const char text[] =
		"name: n\ninput: {maps: 1, rows: 6, columns: 6}\noutput: {values: 2, normalize: standard, names: [a, b]}\n"
		"data: {format: memory, pad: 1}\n"
		"layers: [{type: convolution, maps: 2, kernel: 3, padding: same, activation: relu, name: c}, {type: batch-norm},\n"
		"  {type: add, from: [c, -1], activation: scaled-tanh}, {type: concatenate, from: [-1, c]},\n"
		"  {type: subsampling, window: 2}, {type: upsampling, factor: 2}, {type: scale, activation: gelu},\n"
		"  {type: combination, maps: 2, kernel: 2}, {type: pooling, method: max, window: 3, ragged: true},\n"
		"  {type: full, units: 3, activation: swish}, {type: full, units: 2}]\n"
		"loss: squared-error\ntrain: {epochs: 1, batch: 16, rate: 0.1}\n";
	struct err err = {0};
	struct onnx onnx;
	struct job *job = job_parse("seed", text, &err);
	struct model *model = job != NULL ? model_create(job, &err) : NULL;
	if (model == NULL)
		fail(err.text);
	model->normalization.deviation[0] = model->targets.deviation[0] = model->targets.deviation[1] = 2;
	if (onnx_make(model, &onnx, &err) == 0)
		seed("onnx", "network", onnx.bytes, onnx.count);
	else if (err.code != EX_UNAVAILABLE)
		fail(err.text);
	seed("onnx", "none", "\x08\x07", 2);
	free(onnx.bytes);
	model_destroy(model);
}

int main(int argc, char **argv)
{
	struct err err = {0};
	struct image image;
	if (argc != 2 || small_image(&image, &err) != 0)
		fail(argc != 2 ? "seeds DIRECTORY" : err.text);
	top = argv[1];
	idx_seed("idx", "three", 3, false, false);
	idx_seed("idx", "planes", 2, true, false);
	idx_seed("gzip", "three", 3, false, true);
	idx_seed("gzip", "planes", 2, true, true);
	seed("header", "small", image.bytes, HEADER);
	seed("checkpoint", "sound", "\0", 1);
	image_destroy(&image);
	picture_seeds();
	jpeg_seeds();
	tiff_seeds();
	metrics_seed();
	seed("hdf5", "none", "\0", 1);
	hdf5_seeds();
	numpy_seeds();
	onnx_seed();
	return 0;
}
