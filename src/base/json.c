/* JSON strings. */
#include <convoy/base.h>

void json_text(FILE *file, const char *text)
{
	fputc('"', file);
	for (const char *c = text; *c != 0;) {
		size_t length = text_character(c);
		if (*c == '"' || *c == '\\')
			fprintf(file, "\\%c", *c);
		else if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '<')
			fprintf(file, "\\u%04x", (unsigned)*c);
		else if (length == 0)
			fputs("\\ufffd", file);
		else
			fwrite(c, 1, length, file);
		c += length > 0 ? length : 1;
	}
	fputc('"', file);
}
