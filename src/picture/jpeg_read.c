/* Reads JPEG files. libjpeg unpacks them, as exactly as it can. The picture is turned as its camera was held (EXIF).
 * Colour profiles are ignored, because a data set holds the samples as they are. */
#include "picture.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* libjpeg-turbo writes rows that begin at a vector past the caches. These begin ASIDE of it: they are read at once. */
enum { LINE = 64, ASIDE = 4 };
enum { SCANS = 500, ROWS = 16, END = 0xd9, EXIF = JPEG_APP0 + 1, SEGMENT = 0xffff };

struct jpeg {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr error;
	struct jpeg_progress_mgr progress;
	jmp_buf jump;
	const struct photo_reader *reader;
	char trouble[JMSG_LENGTH_MAX]; /* libjpeg's words */
	size_t stride;                 /* bytes of a row */
	uint8_t *row;                  /* [ROWS][stride], and a row more for parts */
	int code;                      /* of photo_size */
};

/* ---- libjpeg ----------------------------------------------------------------------------------------------------- */

static void on_error(j_common_ptr common)
{
	struct jpeg *f = common->client_data;
	common->err->format_message(common, f->trouble);
	longjmp(f->jump, 1);
}

/* Where libjpeg warns it makes up pixels. Some warnings say nothing about pixels: bytes that a camera put before the
 * end, a version of JFIF, the colours of an Adobe file. */
static void on_message(j_common_ptr common, int level)
{
	const struct jpeg_error_mgr *error = common->err;
	bool harmless = error->msg_code == JWRN_JFIF_MAJOR || error->msg_code == JWRN_ADOBE_XFORM ||
	                (error->msg_code == JWRN_EXTRANEOUS_DATA && error->msg_parm.i[1] == END);
	if (level < 0 && !harmless)
		on_error(common);
}

static void on_output(j_common_ptr common)
{
	(void)common;
}

/* A small file can paint the same pixels again and again. */
static void on_progress(j_common_ptr common)
{
	struct jpeg *f = common->client_data;
	if (f->jpeg.input_scan_number <= SCANS)
		return;
	snprintf(f->trouble, sizeof f->trouble, "more than %d scans", SCANS);
	longjmp(f->jump, 1);
}

/* ---- EXIF -------------------------------------------------------------------------------------------------------- */

static uint32_t number_at(const uint8_t *bytes, bool little, size_t count)
{
	uint32_t number = 0;
	for (size_t i = 0; i < count; i++)
		number = number << 8 | bytes[little ? count - 1 - i : i];
	return number;
}

/* The tag "orientation" in the first directory of EXIF, which is a TIFF file; 1 where there is none, or no sense. */
static unsigned exif_orientation(const uint8_t *bytes, size_t count)
{
	enum { HEAD = 8, ENTRY = 12, ORIENTATION = 0x0112, SHORT = 3, TURNS = 8 };
	if (count < HEAD || bytes[0] != bytes[1] || (bytes[0] != 'I' && bytes[0] != 'M'))
		return 1;
	bool little = bytes[0] == 'I';
	size_t at = number_at(bytes + 4, little, 4);
	if (at > count || count - at < 2)
		return 1;
	size_t entries = number_at(bytes + at, little, 2);
	const uint8_t *entry = bytes + at + 2;
	for (size_t left = (count - at - 2) / ENTRY; entries > 0 && left > 0; entries--, left--, entry += ENTRY) {
		if (number_at(entry, little, 2) != ORIENTATION || number_at(entry + 2, little, 2) != SHORT)
			continue;
		unsigned turn = number_at(entry + 8, little, 2);
		return turn >= 1 && turn <= TURNS ? turn : 1;
	}
	return 1;
}

static unsigned orientation(const struct jpeg *f)
{
	static const char exif[] = "Exif\0"; /* and the NUL of a text */
	for (const struct jpeg_marker_struct *m = f->jpeg.marker_list; m != NULL; m = m->next)
		if (m->marker == EXIF && m->data_length > sizeof exif && memcmp(m->data, exif, sizeof exif) == 0)
			return exif_orientation(m->data + sizeof exif, m->data_length - sizeof exif);
	return 1;
}

/* ---- Samples ----------------------------------------------------------------------------------------------------- */

/* Makes colours of a row of inks, in place. Adobe's programs, and all others after them, store inks turned round: 255
 * is no ink. */
static void inks_mix(uint8_t *row, size_t columns)
{
	for (size_t x = 0; x < columns; x++)
		for (size_t c = 0; c < 3; c++)
			row[3 * x + c] = (uint8_t)((row[4 * x + c] * row[4 * x + 3] + 127) / 255);
}

/* Parts red, green and blue of a row. The compiler makes vectors of it where it can permute the bytes of a vector,
 * which the oldest x86-64 cannot. */
static inline __attribute__((always_inline)) void bytes_part(const uint8_t *restrict row, size_t count,
                                                             uint8_t *restrict red, uint8_t *restrict green,
                                                             uint8_t *restrict blue)
{
	for (size_t x = 0; x < count; x++) {
		red[x] = row[3 * x];
		green[x] = row[3 * x + 1];
		blue[x] = row[3 * x + 2];
	}
}

#ifdef __x86_64__
__attribute__((target("ssse3"))) static void bytes_part_ssse3(const uint8_t *restrict row, size_t count,
                                                              uint8_t *restrict red, uint8_t *restrict green,
                                                              uint8_t *restrict blue)
{
	bytes_part(row, count, red, green, blue);
}
#endif

static void colours_part(const uint8_t *restrict row, size_t count, uint8_t *restrict red, uint8_t *restrict green,
                         uint8_t *restrict blue)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("ssse3")) {
		bytes_part_ssse3(row, count, red, green, blue);
		return;
	}
#endif
	bytes_part(row, count, red, green, blue);
}

/* photo_luma of a row. The sum is a whole number below 2^24, and a thousandth as float32 is a little above one: the
 * product is cut to the same number as the quotient. */
static void row_luma(size_t count, const uint8_t *restrict red, const uint8_t *restrict green,
                     const uint8_t *restrict blue, uint8_t *restrict out)
{
	for (size_t x = 0; x < count; x++)
		out[x] = (uint8_t)(int)((float)(299 * red[x] + 587 * green[x] + 114 * blue[x] + 500) * 0.001f);
}

static void row_put(const struct jpeg *f, size_t y, uint8_t *row)
{
	struct photo *out = f->reader->out;
	size_t columns = out->columns, step = (size_t)f->jpeg.output_components, plane = out->rows * columns;
	uint8_t *to = out->sample + y * columns;
	if (step == 4)
		inks_mix(row, columns);
	if (step == 1) {
		for (size_t m = 0; m < out->maps; m++)
			memcpy(to + m * plane, row, columns);
	} else if (out->maps == 1) {
		uint8_t *red = f->row + ROWS * f->stride, *green = red + columns, *blue = green + columns;
		colours_part(row, columns, red, green, blue);
		row_luma(columns, red, green, blue, to);
	} else {
		colours_part(row, columns, to, to + plane, to + 2 * plane);
	}
}

/* false: libjpeg has jumped out, or there is no memory (f->code). */
static bool pixels_read(struct jpeg *f, unsigned *turn, struct err *err)
{
	struct jpeg_decompress_struct *jpeg = &f->jpeg;
	if (setjmp(f->jump))
		return false;
	jpeg_mem_src(jpeg, f->reader->bytes, f->reader->count);
	jpeg_save_markers(jpeg, EXIF, SEGMENT);
	jpeg_read_header(jpeg, TRUE);
	*turn = orientation(f);
	f->code = photo_size(f->reader, &(struct photo_form){jpeg->image_width, jpeg->image_height,
	                     jpeg->num_components == 1 ? 1 : 3, PHOTO_U8}, err);
	if (f->code != 0)
		return false;
	bool inks = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
	jpeg->out_color_space = inks ? JCS_CMYK : jpeg->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg->dct_method = JDCT_ISLOW;
	jpeg_start_decompress(jpeg);
	f->stride = ((size_t)jpeg->output_width * (size_t)jpeg->output_components / LINE + 2) * LINE;
	f->row = memory_zeroed(ROWS + 1, f->stride, err);
	f->code = f->row != NULL ? 0 : -1;
	JSAMPROW row[ROWS];
	for (size_t i = 0; f->row != NULL && i < ROWS; i++)
		row[i] = f->row + i * f->stride + ASIDE;
	while (f->code == 0 && jpeg->output_scanline < jpeg->output_height) {
		size_t y = jpeg->output_scanline, got = jpeg_read_scanlines(jpeg, row, ROWS);
		for (size_t i = 0; i < got; i++)
			row_put(f, y + i, row[i]);
	}
	if (f->code == 0)
		jpeg_finish_decompress(jpeg);
	return f->code == 0;
}

int jpeg_decode(const struct photo_reader *reader, struct err *err)
{
	struct jpeg *f = memory_zeroed(1, sizeof *f, err);
	if (f == NULL)
		return -1;
	unsigned turn = 1;
	f->reader = reader;
	f->jpeg.err = jpeg_std_error(&f->error);
	f->jpeg.client_data = f;
	f->error.error_exit = on_error;
	f->error.emit_message = on_message;
	f->error.output_message = on_output;
	f->progress.progress_monitor = on_progress;
	bool good = false;
	if (setjmp(f->jump) == 0) {
		jpeg_create_decompress(&f->jpeg);
		f->jpeg.progress = &f->progress;
		good = pixels_read(f, &turn, err);
	}
	if (!good && f->code == 0)
		err_set(err, EX_DATAERR, "%s: no good JPEG: %s", reader->name, f->trouble);
	jpeg_destroy_decompress(&f->jpeg);
	free(f->row);
	free(f);
	return good ? photo_turn(reader->out, turn, err) : -1;
}
