/* JSON strings. */
#include <convoy/base.h>

/* Bytes of the UTF-8 character at c; 0 where there is none. */
static size_t character_length(const unsigned char *c)
{
	size_t more = *c < 0x80 ? 0 : *c < 0xc2 ? 4 : *c < 0xe0 ? 1 : *c < 0xf0 ? 2 : *c < 0xf5 ? 3 : 4;
	for (size_t i = 1; i <= more; i++)
		if (text_begins((char)c[i]))
			return 0;
	bool wrong = (*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] >= 0xa0) || (*c == 0xf0 && c[1] < 0x90) ||
	             (*c == 0xf4 && c[1] >= 0x90);
	return more < 4 && !wrong ? more + 1 : 0;
}

void json_text(FILE *file, const char *text)
{
	fputc('"', file);
	for (const unsigned char *c = (const unsigned char *)text; *c != 0;) {
		size_t length = character_length(c);
		if (*c == '"' || *c == '\\')
			fprintf(file, "\\%c", *c);
		else if (*c < 0x20 || *c == 0x7f || *c == '<')
			fprintf(file, "\\u%04x", *c);
		else if (length == 0)
			fputs("\\ufffd", file);
		else
			fwrite(c, 1, length, file);
		c += length > 0 ? length : 1;
	}
	fputc('"', file);
}
