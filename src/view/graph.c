/* A net with branches as an SVG of a report's page: a row for each layer, in order, and a line for each reading. */
#include "view.h"

#include <stdlib.h>
#include <string.h>

/* A box for each map, one below the other. Lines of layers that read another map than the one before run beside them;
 * their ends lie APART from the middle of a box. HEAD: an arrowhead. */
enum { ROW = 30, BOX = 22, WIDTH = 150, LEFT = 4, RIGHT = LEFT + WIDTH, LANE = 12, LETTER = 8, APART = 4, HEAD = 4,
       TEXT = 3 * LAYER_TEXT };

static size_t middle(size_t row)
{
	return ROW * row + ROW / 2;
}

/* The last layer that reads a map and does not stand right below it, by its row; 0: there is none. */
static size_t last_far_reader(const struct net *net, size_t map)
{
	size_t last = 0;
	for (const struct stop *s = net->stop; s < net->stop + net->layers; s++)
		for (size_t i = 0; i < s->sources; i++)
			if (s->source[i].map == map && s->out > map + 1)
				last = s->out;
	return last;
}

/* Gives each map with far readers a lane that is free from its row to theirs. Returns the number of lanes. `busy`:
 * memory for the rows that lanes are in use to. */
static size_t lanes_find(const struct net *net, size_t *lane, size_t *busy)
{
	size_t lanes = 0;
	for (size_t map = 0; map <= net->layers; map++) {
		size_t last = last_far_reader(net, map), own = 0;
		if (last == 0)
			continue;
		while (own < lanes && busy[own] > map)
			own++;
		lanes = own == lanes ? lanes + 1 : lanes;
		busy[own] = last;
		lane[map] = own;
	}
	return lanes;
}

/* "block11 16×28×28 relu", beside the box of a map. */
static void beside_text(const struct model *model, size_t map, char text[TEXT])
{
	char size[LAYER_TEXT], detail[LAYER_TEXT] = "";
	const char *name = map > 0 ? model->net->layer[map - 1]->name : "";
	shape_text(net_shape(model->net, map), size);
	if (map > 0)
		layer_describe(model->job->layer[map - 1], detail);
	snprintf(text, TEXT, "%s%s%s%s%s", name, name[0] != 0 ? "  " : "", size, detail[0] != 0 ? "  " : "", detail);
}

static void row_print(FILE *file, const struct model *model, size_t map, size_t at)
{
	const struct layer *layer = map > 0 ? model->net->layer[map - 1] : NULL;
	char text[TEXT];
	fprintf(file, "<rect x=\"%d\" y=\"%zu\" width=\"%d\" height=\"%d\" rx=\"5\" fill=\"%s\"/>"
	        "<text class=\"in\" x=\"%d\" y=\"%zu\">", LEFT, middle(map) - BOX / 2, WIDTH, BOX,
	        layer != NULL ? layer->type->colour : "#ffffff", LEFT + 8, middle(map) + 4);
	if (layer != NULL)
		fprintf(file, "%zu %s", map, layer->type->name);
	else
		fputs("input", file);
	beside_text(model, map, text);
	fprintf(file, "</text><text x=\"%zu\" y=\"%zu\">", at, middle(map) + 4);
	html_text(file, text);
	fputs("</text>\n", file);
}

/* From a map to a layer that reads it: straight down, or along the map's lane. */
static void reading_print(FILE *file, size_t map, size_t row, size_t lane)
{
	size_t x = RIGHT + LANE * (lane + 1), from = middle(map) + APART, to = middle(row) - APART;
	if (row == map + 1)
		fprintf(file, "<path d=\"M%d %zuV%zu\"/><path class=\"head\" d=\"M%d %zuh%dl-%d %dz\"/>\n", LEFT + WIDTH / 2,
		        middle(map) + BOX / 2, middle(row) - BOX / 2 - HEAD, LEFT + WIDTH / 2 - HEAD,
		        middle(row) - BOX / 2 - HEAD - 1, 2 * HEAD, HEAD, HEAD + 1);
	else
		fprintf(file, "<path d=\"M%d %zuH%zuV%zuH%d\"/><path class=\"head\" d=\"M%d %zuv%dl-%d -%dz\"/>\n", RIGHT, from,
		        x, to, RIGHT + HEAD, RIGHT + HEAD + 1, to - HEAD, 2 * HEAD, HEAD + 1, HEAD);
}

int graph_print(FILE *file, const struct model *model, struct err *err)
{
	const struct net *net = model->net;
	size_t maps = net->layers + 1, widest = 0;
	size_t *lane = memory_zeroed(2 * maps, sizeof *lane, err);
	if (lane == NULL)
		return -1;
	size_t at = RIGHT + LANE * (lanes_find(net, lane, lane + maps) + 1) + LANE;
	for (size_t map = 0; map < maps; map++) {
		char text[TEXT];
		beside_text(model, map, text);
		widest = text_columns(text) > widest ? text_columns(text) : widest;
	}
	size_t width = at + LETTER * widest, height = ROW * maps;
	fprintf(file, "<div class=\"card scroll\">"
	        "<svg class=\"graph\" width=\"%zu\" height=\"%zu\" viewBox=\"0 0 %zu %zu\" role=\"img\" "
	        "aria-label=\"which layer reads which\">\n", width, height, width, height);
	for (const struct stop *s = net->stop; s < net->stop + net->layers; s++)
		for (size_t i = 0; i < s->sources; i++)
			reading_print(file, s->source[i].map, s->out, lane[s->source[i].map]);
	for (size_t map = 0; map < maps; map++)
		row_print(file, model, map, at);
	fputs("</svg></div>\n", file);
	free(lane);
	return 0;
}
