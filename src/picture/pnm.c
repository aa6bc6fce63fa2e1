/* PGM and PPM, binary (P5, P6) and plain (P2, P3), of up to 16 bits a sample (netpbm's pgm(5), ppm(5)). */
#include "picture.h"

#include <stdbool.h>

/* The bytes not yet read. */
struct rest {
	const uint8_t *byte, *end;
};

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Passes over white space and comments. */
static void blank_skip(struct rest *rest)
{
	while (rest->byte < rest->end && (is_space(*rest->byte) || *rest->byte == '#')) {
		if (*rest->byte == '#')
			while (rest->byte < rest->end && *rest->byte != '\n')
				rest->byte++;
		else
			rest->byte++;
	}
}

/* The next number, behind white space and comments; −1 where there is none or it is above 65,535. */
static long number_next(struct rest *rest)
{
	long number = -1;
	blank_skip(rest);
	for (; rest->byte < rest->end && *rest->byte >= '0' && *rest->byte <= '9'; rest->byte++) {
		number = (number < 0 ? 0 : number) * 10 + (*rest->byte - '0');
		if (number > 65535)
			return -1;
	}
	return number;
}

/* The next sample of a binary file. */
static long sample_next(struct rest *rest, bool wide)
{
	if (rest->end - rest->byte < (wide ? 2 : 1))
		return -1;
	long sample = *rest->byte++;
	return wide ? sample << 8 | *rest->byte++ : sample;
}

static int samples_read(const struct photo_reader *reader, struct rest *rest, bool plain, size_t channels, long most,
                        struct err *err)
{
	size_t pixels = reader->out->rows * reader->out->columns;
	for (size_t i = 0; i < pixels; i++) {
		long sample[3] = {0};
		for (size_t c = 0; c < channels; c++) {
			sample[c] = plain ? number_next(rest) : sample_next(rest, most > 255);
			if (sample[c] < 0)
				return err_set(err, EX_DATAERR, "%s: cut short: %zu of %zu samples", reader->name, i * channels + c,
				               pixels * channels);
			if (sample[c] > most)
				return err_set(err, EX_DATAERR, "%s: sample %zu is %ld, above its largest value %ld", reader->name,
				               i * channels + c, sample[c], most);
		}
		bool colour = channels == 3;
		struct pixel pixel = {{(uint32_t)sample[0], (uint32_t)sample[colour ? 1 : 0], (uint32_t)sample[colour ? 2 : 0]},
		                      (uint32_t)most, (uint32_t)most, false};
		photo_put(reader, i, &pixel);
	}
	return 0;
}

int pnm_decode(const struct photo_reader *reader, struct err *err)
{
	const char *name = reader->name;
	const uint8_t *bytes = reader->bytes;
	struct rest rest = {bytes + 2, bytes + reader->count};
	bool plain = bytes[1] == '2' || bytes[1] == '3', colour = bytes[1] == '3' || bytes[1] == '6';
	bool apart = is_space(*rest.byte) || *rest.byte == '#';
	long columns = number_next(&rest), rows = number_next(&rest), most = number_next(&rest);
	if (!apart || columns < 0 || rows < 0 || most < 1)
		return err_set(err, EX_DATAERR, "%s: its header holds no width, height and largest value (1 to 65535)", name);
	if (!plain && (rest.byte == rest.end || !is_space(*rest.byte++)))
		return err_set(err, EX_DATAERR, "%s: cut short behind its header", name);
	const struct photo_form form = {(size_t)columns, (size_t)rows, colour ? 3 : 1, most > 255 ? PHOTO_U16 : PHOTO_U8};
	if (photo_size(reader, &form, err) != 0 ||
	    samples_read(reader, &rest, plain, colour ? 3 : 1, most, err) != 0)
		return -1;
	if (plain)
		blank_skip(&rest);
	if (rest.byte < rest.end)
		return err_set(err, EX_DATAERR, "%s: %zu bytes more than its header announces", name,
		               (size_t)(rest.end - rest.byte));
	return 0;
}
