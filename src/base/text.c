/* Texts for people: characters of UTF-8, which a terminal's columns hold; numbers and times as they are read. */
#include <convoy/base.h>

size_t text_columns(const char *text)
{
	size_t columns = 0;
	for (; *text != 0; text++)
		columns += text_begins(*text);
	return columns;
}

size_t text_head(const char *text, size_t columns)
{
	size_t bytes = 0;
	for (size_t begun = 0; text[bytes] != 0; bytes++) {
		bool begins = text_begins(text[bytes]);
		if (begins && begun == columns)
			break;
		begun += begins;
	}
	return bytes;
}

int text_gap(const char *text, size_t columns)
{
	size_t used = text_columns(text);
	return used < columns ? (int)(columns - used) : 0;
}

size_t text_whole(const char *text, size_t bytes)
{
	while (bytes > 0 && !text_begins(text[bytes]))
		bytes--;
	return bytes;
}

size_t text_control(const char *text)
{
	unsigned char first = (unsigned char)text[0], second = first == 0xc2 ? (unsigned char)text[1] : 0;
	return (first > 0 && first < 0x20) || first == 0x7f ? 1 : second >= 0x80 && second < 0xa0 ? 2 : 0;
}

const char *text_thousands(uint64_t number, char text[THOUSANDS])
{
	char digits[THOUSANDS];
	int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number), to = 0;
	for (int i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			text[to++] = ',';
		text[to++] = digits[i];
	}
	text[to] = 0;
	return text;
}

const char *text_duration(double seconds, char text[DURATION])
{
	unsigned long all = seconds > 0 && seconds < 1e12 ? (unsigned long)(seconds + 0.5) : 0;
	if (all >= 3600)
		snprintf(text, DURATION, "%lu:%02lu:%02lu", all / 3600, all / 60 % 60, all % 60);
	else
		snprintf(text, DURATION, "%lu:%02lu", all / 60, all % 60);
	return text;
}
