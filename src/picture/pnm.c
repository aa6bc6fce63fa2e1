/* PGM and PPM, binary (P5, P6) and plain (P2, P3), of up to 16 bits a sample (netpbm's pgm(5), ppm(5)). */
#include "photo.h"

#include <stdbool.h>

/* The bytes not yet read. */
struct rest {
	const uint8_t *byte, *end;
};

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next number, behind white space and comments; −1 where there is none or it is above 65,535. */
static long number_next(struct rest *rest)
{
	long number = -1;
	while (rest->byte < rest->end && (is_space(*rest->byte) || *rest->byte == '#')) {
		if (*rest->byte == '#')
			while (rest->byte < rest->end && *rest->byte != '\n')
				rest->byte++;
		else
			rest->byte++;
	}
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

int pnm_decode(struct pixels *out, const char *name, const uint8_t *bytes, size_t count, struct err *err)
{
	struct rest rest = {bytes + 2, bytes + count};
	bool plain = bytes[1] == '2' || bytes[1] == '3', colour = bytes[1] == '3' || bytes[1] == '6';
	long columns = number_next(&rest), rows = number_next(&rest), most = number_next(&rest);
	if (columns < 0 || rows < 0 || most < 1)
		return err_set(err, EX_DATAERR, "%s: its header holds no width, height and largest value (1 to 65535)", name);
	if (!plain && (rest.byte == rest.end || !is_space(*rest.byte++)))
		return err_set(err, EX_DATAERR, "%s: cut short behind its header", name);
	if (pixels_size(out, name, (size_t)columns, (size_t)rows, colour ? 3 : 1, err) != 0)
		return -1;
	size_t samples = out->maps * out->rows * out->columns;
	for (size_t i = 0; i < samples; i++) {
		long sample = plain ? number_next(&rest) : sample_next(&rest, most > 255);
		if (sample < 0)
			return err_set(err, EX_DATAERR, "%s: cut short: %zu of %zu samples", name, i, samples);
		if (sample > most)
			return err_set(err, EX_DATAERR, "%s: sample %zu is %ld, above its largest value %ld", name, i, sample,
			               most);
		out->sample[i] = (uint8_t)((sample * 255 + most / 2) / most);
	}
	return 0;
}
