/* Texts for people: characters of UTF-8, which a terminal's columns hold; numbers and times as they are read. */
#include <convoy/base.h>

#include <string.h>

size_t text_columns(const char *text)
{
	size_t columns = 0;
	for (; *text != 0; text++)
		columns += text_begins(*text);
	return columns;
}

bool text_ends(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);
	return length >= tail && strcmp(text + length - tail, end) == 0;
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

const char *text_behind_mark(const char *text)
{
	static const char mark[] = "\xef\xbb\xbf";
	return strncmp(text, mark, strlen(mark)) == 0 ? text + strlen(mark) : text;
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

void text_vfit(char *text, size_t room, const char *format, va_list args)
{
	enum { WHOLE = 16384 }; /* more than two of the longest paths */
	static const char gap[] = "…";
	char whole[WHOLE];
	vsnprintf(whole, sizeof whole, format, args);
	size_t length = strlen(whole);
	if (length < room) {
		memcpy(text, whole, length + 1);
		return;
	}
	size_t head = text_whole(whole, room / 3), tail = length - (room - 1 - room / 3 - strlen(gap));
	while (!text_begins(whole[tail]))
		tail++;
	snprintf(text, room, "%.*s%s%s", (int)head, whole, gap, whole + tail);
}

void text_fit(char *text, size_t room, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	text_vfit(text, room, format, args);
	va_end(args);
}

size_t text_control(const char *text)
{
	unsigned char first = (unsigned char)text[0], second = first == 0xc2 ? (unsigned char)text[1] : 0;
	if (strncmp(text, "\xe2\x80\xa8", 3) == 0 || strncmp(text, "\xe2\x80\xa9", 3) == 0)
		return 3;
	return (first > 0 && first < 0x20) || first == 0x7f ? 1 : second >= 0x80 && second < 0xa0 ? 2 : 0;
}

size_t text_character(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t more = *c < 0x80 ? 0 : *c < 0xc2 ? 4 : *c < 0xe0 ? 1 : *c < 0xf0 ? 2 : *c < 0xf5 ? 3 : 4;
	for (size_t i = 1; i <= more; i++)
		if (text_begins(text[i]))
			return 0;
	bool wrong = (*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] >= 0xa0) || (*c == 0xf0 && c[1] < 0x90) ||
	             (*c == 0xf4 && c[1] >= 0x90);
	return *c != 0 && more < 4 && !wrong ? more + 1 : 0;
}

const char *text_fault(const char *text)
{
	if (*text == 0)
		return "is empty";
	for (size_t bytes; *text != 0; text += bytes) {
		if (text_control(text) > 0)
			return "holds a control character";
		if ((bytes = text_character(text)) == 0)
			return "is not UTF-8";
	}
	return NULL;
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
