/* Colours by their names and in hexadecimal digits. */
#include <convoy/picture.h>

#include <stdio.h>
#include <string.h>

/* −1 for what is no hexadecimal digit. */
static int digit_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == 0 ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
	return at == NULL ? -1 : (int)(at - digits);
}

bool colour_parse(const char *text, struct colour *out)
{
	uint8_t value[3];
	size_t length = strlen(text);
	if (strcmp(text, "white") == 0 || strcmp(text, "black") == 0) {
		uint8_t all = text[0] == 'w' ? 255 : 0;
		*out = (struct colour){all, all, all};
		return true;
	}
	if (text[0] != '#' || (length != 4 && length != 7))
		return false;
	for (size_t i = 0; i < 3; i++) {
		int high = digit_value(text[length == 4 ? 1 + i : 1 + 2 * i]);
		int low = digit_value(text[length == 4 ? 1 + i : 2 + 2 * i]);
		if (high < 0 || low < 0)
			return false;
		value[i] = (uint8_t)(high * 16 + low);
	}
	*out = (struct colour){value[0], value[1], value[2]};
	return true;
}

void colour_text(struct colour colour, char text[COLOUR_TEXT])
{
	bool grey = colour.red == colour.green && colour.green == colour.blue;
	if (grey && (colour.red == 0 || colour.red == 255))
		snprintf(text, COLOUR_TEXT, "%s", colour.red == 0 ? "black" : "white");
	else
		snprintf(text, COLOUR_TEXT, "#%02x%02x%02x", colour.red, colour.green, colour.blue);
}
