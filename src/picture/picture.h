/* What the readers of picture files share. */
#ifndef CONVOY_PICTURE_PICTURE_H
#define CONVOY_PICTURE_PICTURE_H

#include <convoy/picture.h>

/* A file that becomes a photo. */
struct photo_reader {
	struct photo *out; /* zeroed before; the caller frees its memory also after a failure */
	const char *name;  /* for messages */
	const uint8_t *bytes;
	size_t count, maps; /* maps: 1 or 3, or PHOTO_BANDS */
	uint64_t place;     /* of a page, as photo_decode_page has it; PHOTO_ALONE: a file of one page */
	struct colour background;
	uint8_t *room; /* for the samples of the largest picture; NULL: photo_size allocates memory */
};

/* What a picture is in its file. */
struct photo_form {
	size_t columns, rows;
	size_t bands;
	enum photo_number number; /* holds its samples as they are */
};

/* Sets the size of a picture, and finds memory for it: bytes of reader->maps maps, or with PHOTO_BANDS bands and
 * numbers as they are. EX_DATAERR for no pixels, more than PHOTO_PIXELS of them, or more than PHOTO_BYTES. */
int photo_size(const struct photo_reader *reader, const struct photo_form *form, struct err *err);

/* A pixel as it is in the file. */
struct pixel {
	uint32_t colour[3];   /* red, green, blue, all equal in a grey picture: 0 … most */
	uint32_t alpha, most; /* 0 transparent … most opaque; most ≤ 65,535 */
	bool multiplied;      /* the colour has been multiplied by alpha / most */
};

/* Sets pixel number `at`, counted row by row. Mixes it with the background, rounds it to 8 bits, and makes it grey if
 * the photo has one map. With PHOTO_BANDS keeps its samples: grey or three colours, then alpha if there is a map left.
 */
void photo_put(const struct photo_reader *reader, size_t at, const struct pixel *pixel);

/* Returns a colour as grey: the luma of ITU-R BT.601, rounded. Three equal samples keep their value. */
static inline uint8_t photo_luma(unsigned red, unsigned green, unsigned blue)
{
	return (uint8_t)((299 * red + 587 * green + 114 * blue + 500) / 1000);
}

/* Turns a picture by the number of EXIF's orientation, 1 … 8; others leave it as it is. EX_OSERR. */
int photo_turn(struct photo *photo, unsigned orientation, struct err *err);

/* Finds the pages of a TIFF file: how many, and where each begins, place [PAGES]. EX_DATAERR, also for more pages. */
enum { PAGES = 1 << 20 }; /* as many as libtiff knows */
int tiff_pages(const struct photo_reader *reader, uint64_t *place, size_t *count, struct err *err);

/* Read a file. EX_DATAERR. */
int jpeg_decode(const struct photo_reader *reader, struct err *err);
int tiff_decode(const struct photo_reader *reader, struct err *err);
int png_decode(const struct photo_reader *reader, struct err *err);
int pnm_decode(const struct photo_reader *reader, struct err *err);

#endif
