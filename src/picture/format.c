/* Names for what is not read: formats of other pictures by what their files begin with. */
#include <convoy/picture.h>

#include <string.h>
#include <strings.h>

const char *photo_format(const uint8_t *bytes, size_t count)
{
	static const struct {
		size_t from, length;
		const char *bytes, *name;
	} known[] = {
		{8, 4, "WEBP", "a WebP picture"},
		{0, 4, "GIF8", "a GIF picture"},
		{0, 2, "BM", "a BMP picture"},
		{4, 8, "ftypheic", "a HEIF picture"},
		{4, 8, "ftypheix", "a HEIF picture"},
		{4, 8, "ftypheim", "a HEIF picture"},
		{4, 8, "ftypheis", "a HEIF picture"},
		{4, 8, "ftyphevc", "a HEIF picture"},
		{4, 8, "ftyphevx", "a HEIF picture"},
		{4, 8, "ftypmif1", "a HEIF picture"},
		{4, 8, "ftypmsf1", "a HEIF picture"},
		{4, 8, "ftypavif", "an AVIF picture"},
		{4, 8, "ftypavis", "an AVIF picture"},
		{0, 12, "\0\0\0\fJXL \r\n\x87\n", "a JPEG XL picture"},
		{0, 2, "\xff\n", "a JPEG XL picture"},
		{0, 12, "\0\0\0\fjP  \r\n\x87\n", "a JPEG 2000 picture"},
		{0, 4, "\xffO\xffQ", "a JPEG 2000 picture"},
		{0, 4, "8BPS", "a Photoshop picture"},
		{0, 4, "qoif", "a QOI picture"},
		{0, 2, "P1", "a PBM picture"},
		{0, 2, "P4", "a PBM picture"},
		{0, 2, "P7", "a PAM picture"},
		{0, 2, "Pf", "a PFM picture"},
		{0, 2, "PF", "a PFM picture"},
		{0, 5, "%PDF-", "a PDF file"},
		{0, 4, "<svg", "an SVG picture"},
		{0, 5, "<?xml", "an XML file, perhaps an SVG picture"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (count >= known[i].from + known[i].length &&
		    memcmp(bytes + known[i].from, known[i].bytes, known[i].length) == 0)
			return known[i].name;
	return NULL;
}

bool photo_named(const char *name)
{
	static const char *const ends[] = {"png", "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "pgm", "ppm", "pnm"};
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot != NULL && dot > name && i < sizeof ends / sizeof *ends; i++)
		if (strcasecmp(dot + 1, ends[i]) == 0)
			return true;
	return false;
}

const char *photo_format_of_name(const char *name)
{
	static const char *const known[][2] = {
		{"webp", "WebP"}, {"gif", "GIF"}, {"bmp", "BMP"}, {"heic", "HEIF"}, {"heif", "HEIF"}, {"avif", "AVIF"},
		{"jxl", "JPEG XL"}, {"jp2", "JPEG 2000"}, {"pbm", "PBM"}, {"pam", "PAM"}, {"pfm", "PFM"}, {"svg", "SVG"},
	};
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot != NULL && i < sizeof known / sizeof *known; i++)
		if (strcasecmp(dot + 1, known[i][0]) == 0)
			return known[i][1];
	return NULL;
}
