/* How layers are connected: their names, and which maps they read. */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char before[] = "-1"; /* the source of a layer that names none */

/* ---- Names ------------------------------------------------------------------------------------------------------ */

static bool name_fits(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz", others[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t length = strlen(name);
	return length > 0 && length <= LAYER_NAME_MOST && strchr(letters, name[0]) != NULL &&
	       strspn(name, others) == length && strcmp(name, "input") != 0;
}

/* Returns the layer of that name among the first `layers`; otherwise `layers`. */
static size_t name_find(size_t layers, struct layer_spec *const *spec, const char *name)
{
	size_t l = 0;
	while (l < layers && (spec[l]->name == NULL || strcmp(spec[l]->name, name) != 0))
		l++;
	return l;
}

/* "layer 2 (line 7)", for messages. */
enum { PLACED = 64 };
static const char *layer_placed(struct layer_spec *const *spec, size_t l, char text[PLACED])
{
	if (spec[l]->line > 0)
		snprintf(text, PLACED, "layer %zu (line %zu)", l + 1, spec[l]->line);
	else
		snprintf(text, PLACED, "layer %zu", l + 1);
	return text;
}

int graph_name_check(struct layer_spec *const *spec, size_t l, struct err *err)
{
	const char *name = spec[l]->name;
	if (name == NULL)
		return 0;
	if (!name_fits(name))
		return err_set(err, EX_CONFIG, "name: '%s' must begin with a small letter, have only small letters, digits, - "
		               "and _, and not be input", name);
	char text[PLACED];
	size_t other = name_find(l, spec, name);
	return other == l ? 0
	                  : err_set(err, EX_CONFIG, "name: %s is called %s too", layer_placed(spec, other, text), name);
}

/* ---- Sources ---------------------------------------------------------------------------------------------------- */

/* "-2": how many layers back. Returns false for another text. */
static bool steps_back(const char *text, size_t *back)
{
	size_t digits = strspn(text + 1, "0123456789");
	if (text[0] != '-' || text[1] == '0' || digits == 0 || digits > 9 || text[1 + digits] != 0)
		return false;
	*back = strtoul(text + 1, NULL, 10);
	return true;
}

static int unknown_say(size_t layers, struct layer_spec *const *spec, const char *text, struct err *err)
{
	struct suggestion near = {.typed = text, .length = strlen(text)};
	suggestion_offer(&near, "input");
	for (size_t l = 0; l < layers; l++)
		if (spec[l]->name != NULL)
			suggestion_offer(&near, spec[l]->name);
	size_t meant = near.word != NULL ? name_find(layers, spec, near.word) : layers;
	char placed[PLACED];
	if (near.word != NULL)
		return err_set(err, EX_CONFIG, "from: no layer is called '%s'; did you mean '%s'%s%s?", text, near.word,
		               meant < layers ? ", " : "", meant < layers ? layer_placed(spec, meant, placed) : "");
	return err_set(err, EX_CONFIG, "from: no layer is called '%s'; give a layer a name, or take input, or a number "
	               "back such as -2", text);
}

/* Finds the map that `text` means in layer l. */
static int source_find(size_t layers, struct layer_spec *const *spec, size_t l, const char *text, size_t *map,
                       struct err *err)
{
	size_t back;
	*map = 0;
	if (strcmp(text, "input") == 0)
		return 0;
	if (steps_back(text, &back)) {
		if (back > l + 1)
			return err_set(err, EX_CONFIG, "from: %s leads beyond the input, which is -%zu", text, l + 1);
		*map = l + 1 - back;
		return 0;
	}
	size_t other = name_find(layers, spec, text);
	if (other == layers)
		return unknown_say(layers, spec, text, err);
	if (other == l)
		return err_set(err, EX_CONFIG, "from: %s is this layer itself", text);
	char placed[PLACED];
	if (other > l)
		return err_set(err, EX_CONFIG, "from: %s is %s, and layer %zu can read only layers before it", text,
		               layer_placed(spec, other, placed), l + 1);
	*map = other + 1;
	return 0;
}

int graph_source(size_t layers, struct layer_spec *const *spec, size_t l, size_t s, size_t *map, struct err *err)
{
	const char *text = spec[l]->sources > 0 ? spec[l]->source[s] : before;
	return source_find(layers, spec, l, text, map, err);
}

/* ---- Readers ----------------------------------------------------------------------------------------------------- */

/* Whether the layer of a map learns, or one below. */
static bool learns_in(const struct net *net, size_t map)
{
	return map > 0 && (net->stop[map - 1].learns || net->stop[map - 1].learns_below);
}

static void source_connect(const struct net *net, struct source *source, size_t later)
{
	source->learns = learns_in(net, source->map);
	source->adds = source->learns && later > 0;
	bool derives = source->map == 0 || net->stop[source->map - 1].derives;
	source->below = derives ? ACTIVATION_LINEAR : net->layer[source->map - 1]->activation;
}

/* Backward goes from the last layer to the first, and through the sources of a layer from the first to the last. The
 * first reader on this way writes a gradient, and the others add theirs. */
static void readers_connect(struct net *net, size_t *seen)
{
	for (size_t l = net->layers; l-- > 0;) {
		const struct stop *s = &net->stop[l];
		for (size_t i = 0; i < s->sources; i++) {
			struct source *source = &net->source[&s->source[i] - net->source];
			source_connect(net, source, seen[source->map]++);
		}
	}
}

int graph_connect(struct net *net, size_t *bad, struct err *err)
{
	size_t maps = net->layers + 1, *readers = memory_zeroed(2 * maps, sizeof *readers, err);
	if (readers == NULL)
		return -1;
	for (size_t i = 0; i < net->sources; i++)
		readers[net->source[i].map]++;
	int code = 0;
	for (size_t l = 0; l < net->layers; l++) {
		struct stop *s = &net->stop[l];
		for (size_t i = 0; i < s->sources; i++)
			s->learns_below = s->learns_below || learns_in(net, s->source[i].map);
		s->derives = l + 1 == net->layers || readers[s->out] > 1 || activation_apart(s->layer->activation);
		if (code == 0 && l + 1 < net->layers && readers[s->out] == 0) {
			*bad = l;
			code = err_set(err, EX_CONFIG, "no layer reads the output of layer %zu", l + 1);
		}
	}
	readers_connect(net, readers + maps);
	free(readers);
	return code;
}
