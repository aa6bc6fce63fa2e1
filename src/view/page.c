/* What stands around each page: its style, its heading, its scripts. It needs no network and no other file. */
#include "view.h"
#include "report_page.h"

static void lines_print(FILE *file, const char *const *line)
{
	for (; *line != NULL; line++)
		fputs(*line, file);
}

void page_begin(const struct page *page, const char *title, const char *more, const char *heading)
{
	FILE *file = page->file;
	/* The page may load nothing at all. */
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
	      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>", file);
	html_text(file, title);
	fputs(more, file);
	fputs(" – convoy</title>\n<style>\n", file);
	lines_print(file, report_css);
	if (page->sweep)
		lines_print(file, sweep_css);
	fputs("</style>\n</head>\n<body>\n<header>\n<h1>", file);
	html_text(file, heading);
	fputs("</h1>\n", file);
}

void page_head_end(const struct page *page)
{
	FILE *file = page->file;
	fputs("<button id=\"theme\" title=\"light or dark\">◐</button>\n</header>\n", file);
	if (page->notes != NULL) {
		fputs("<pre class=\"notes\">", file);
		html_text(file, page->notes);
		fputs("</pre>\n", file);
	}
}

void page_end(const struct page *page)
{
	FILE *file = page->file;
	fputs("<script>\n", file);
	lines_print(file, report_js);
	if (page->sweep)
		lines_print(file, sweep_js);
	fputs("</script>\n</body>\n</html>\n", file);
}
