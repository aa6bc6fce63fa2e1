/* picture: pixels, and what draws on them: text, rectangles, arrays of numbers in colours; PNG out; PNG, JPEG, TIFF,
 * PNM in. The only room that knows libpng, libjpeg and libtiff. Floor 1: knows base. All functions are local. */
#ifndef CONVOY_PICTURE_H
#define CONVOY_PICTURE_H

#include <convoy/base.h>

/* ---- Canvas ------------------------------------------------------------------------------------------------------ */

struct colour {
	uint8_t red, green, blue;
};

struct canvas {
	size_t width, height;
	struct colour *pixel; /* [height][width] */
	bool clear;           /* pixels of the colour CANVAS_CLEAR, which no palette has, are transparent in files */
};
#define CANVAS_CLEAR ((struct colour){255, 0, 254})

/* Reads "white", "black", "#rgb" or "#rrggbb" (hexadecimal digits). Returns false for anything else, of which messages
 * say that it is not COLOUR_FORMS. Pure. */
#define COLOUR_FORMS "white, black, #rgb or #rrggbb in hexadecimal digits"
bool colour_parse(const char *text, struct colour *out);

/* Writes a colour as "white", "black" or "#rrggbb". Pure. */
enum { COLOUR_TEXT = 8 };
void colour_text(struct colour colour, char text[COLOUR_TEXT]);

enum { CANVAS_SIDE = 16384 }; /* most pixels of a side */

/* Makes a canvas of one colour. EX_DATAERR if a side is 0 or above CANVAS_SIDE. Free with canvas_free. */
int canvas_create(struct canvas *out, size_t width, size_t height, struct colour colour, struct err *err);
void canvas_free(struct canvas *canvas);

/* Fills a rectangle. Here and below, what lies outside the canvas is left out. */
void canvas_fill(struct canvas *canvas, size_t x, size_t y, size_t width, size_t height, struct colour colour);

/* Draws text in a fixed font; x, y is its upper left corner. Beyond ASCII it
 * has × − – · α β; any other character becomes a box. */
enum { GLYPH_WIDTH = 6, GLYPH_HEIGHT = 9 }; /* a character's place, the gaps between them included */
void canvas_text(struct canvas *canvas, size_t x, size_t y, const char *text, struct colour colour);

/* Colours for numbers. */
enum palette {
	PALETTE_GREY,   /* low black, high white */
	PALETTE_SIGNED, /* low blue, the middle white, high red */
	PALETTE_HEAT,   /* low near black, over violet and orange, high light yellow */
};
struct scale {
	enum palette palette;
	float low, high; /* values there and beyond get the colours of the ends; NaN is green */
};
struct colour scale_colour(const struct scale *scale, float value);

/* Returns the largest magnitude of `count` values, 0 if there are none. */
float values_largest(size_t count, const float *value);

/* Draws each value of [rows][columns] as a square of `zoom` × `zoom` pixels. */
void canvas_values(struct canvas *canvas, size_t x, size_t y, size_t rows, size_t columns, const float *value,
                   const struct scale *scale, size_t zoom);

/* Returns the canvas as a PNG file in memory, to free with free(). NULL on failure. */
uint8_t *canvas_png(const struct canvas *canvas, size_t *count, struct err *err);

/* ---- Grids of kernels -------------------------------------------------------------------------------------------- */

/* Draws value [tall][wide][rows][columns] as grey bytes [height][width], with a line of 0 around each tile. The value 0
 * becomes 128, the largest magnitude 1 or 255. A tile that is not present [tall][wide] (NULL: all are) is 0. */
struct grid {
	size_t tall, wide, rows, columns;
};
size_t grid_height(const struct grid *grid);
size_t grid_width(const struct grid *grid);
void grid_draw(const struct grid *grid, const float *value, const bool *present, uint8_t *byte);

/* ---- Pictures from files ----------------------------------------------------------------------------------------- */

/* Most pixels of a picture that is read, bytes of its samples, and bytes of its file. */
enum { PHOTO_PIXELS = 1 << 26, PHOTO_BYTES = 3 * PHOTO_PIXELS, PHOTO_FILE = 1 << 28 };

/* What is read, for messages that end in "and PPM", "or PPM", or ", PPM and …". */
#define PHOTO_FORMATS "PNG, JPEG, TIFF, PGM"

/* The type of a picture's samples. */
enum photo_number { PHOTO_U8, PHOTO_U16, PHOTO_F32, PHOTO_NUMBERS };
size_t photo_number_bytes(enum photo_number number);
const char *photo_number_name(enum photo_number number); /* "uint8" … */

/* A picture as samples of a data set. */
struct photo {
	size_t maps, rows, columns; /* maps: 1 grey, 3 red, green, blue; or the bands of the file */
	uint8_t *sample;            /* [maps][rows][columns] numbers */
	bool transparent;           /* some pixels were, wholly or in part */
	enum photo_number number;
};

/* Reads a PNG, JPEG, TIFF, PGM or PPM file as `maps` maps of bytes, 1 or 3 (formats, Pictures): samples as the file has
 * them, of PNG, PGM and PPM rounded to 8 bits; transparent pixels are mixed with the background; a colour picture
 * becomes grey by its luma, a grey one three equal maps; a file is turned as its EXIF, or its tag of TIFF says. With
 * PHOTO_BANDS each band is a map, and numbers are as in the file, in the smallest type that holds them. `name` is for
 * messages. EX_DATAERR for damage, for more than PHOTO_PIXELS, for samples that fit neither, and for any other file, by
 * the name of its format where it is known. Another process reads JPEG and TIFF, because their libraries can crash on a
 * crafted file: the program must call photos_serve first; EX_OSERR if it cannot be started. A file of several pages is
 * refused. Free with photo_free. */
#define PHOTO_BANDS 0
int photo_decode(struct photo *out, const char *name, const uint8_t *bytes, size_t count, size_t maps,
                 struct colour background, struct err *err);
void photo_free(struct photo *photo);

/* Finds the pages of a file: gives how many there are, and where each begins, place [count], to free with free(). A
 * file that has one page only, and may be no picture, gives PHOTO_ALONE: photo_decode reads it. EX_NOINPUT, EX_IOERR,
 * EX_DATAERR for a damaged file and for one that is not regular. */
#define PHOTO_ALONE 0
enum { PHOTO_PAGES_FILE = INT32_MAX }; /* most bytes of a file with pages */
int photo_pages(uint64_t **place, size_t *count, const char *path, struct err *err);

/* Reads a page as photo_decode reads a file, and of the file no more than it needs. `place` as photo_pages gives it,
 * not PHOTO_ALONE; `name` is for messages. */
int photo_decode_page(struct photo *out, const char *name, const char *path, uint64_t place, size_t maps,
                      struct colour background, struct err *err);

/* Does the work of the separate process and returns true, if photo_decode has started this process. The program must
 * then end with *status. */
bool photos_serve(int argc, char **argv, int *status);

/* Return whether a file is of a format that is read: by its first bytes (16 are enough), or by the end of its name.
 * Pure. */
bool photo_begins(const uint8_t *bytes, size_t count);
bool photo_named(const char *name);

/* Returns whether all pixels are alike. */
bool photo_even(const struct photo *photo);

/* Name formats that are not read: by a file's first bytes ("a WebP picture"; 16 bytes are enough), or by the end of its
 * name ("WebP"). Return NULL for other files. Pure. */
const char *photo_format(const uint8_t *bytes, size_t count);
const char *photo_format_of_name(const char *name);

/* How to go on with pictures that have more than bytes hold. */
#define PHOTO_BANDS_HINT "import --bands keeps them as they are"

/* How to go on with pictures of other formats. */
#define PHOTO_WAY_OUT "ImageMagick's mogrify -auto-orient -format png FILE... converts"

/* Scales a picture to rows × columns. Takes its largest centred part of the same proportions, in whole pixels, at least
 * one (of an odd rest the smaller half lies above and left). Each pixel is the mean of the area that it covers, rounded
 * to its type. `out` is new memory. EX_DATAERR for sides of 0 or above CANVAS_SIDE. */
int photo_fit(struct photo *out, const struct photo *photo, size_t rows, size_t columns, struct err *err);

#endif
