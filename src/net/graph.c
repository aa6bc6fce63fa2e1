/* How layers are connected: their names, and which maps they read. */
#include "net.h"

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

int graph_name_check(struct layer_spec *const *spec, size_t l, struct err *err)
{
	const char *name = spec[l]->name;
	if (name == NULL)
		return 0;
	if (!name_fits(name))
		return err_set(err, EX_CONFIG, "name: '%s' must begin with a small letter, have only small letters, digits, - "
		               "and _, and not be input", name);
	size_t other = name_find(l, spec, name);
	return other == l ? 0 : err_set(err, EX_CONFIG, "name: layer %zu is called %s too", other + 1, name);
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
	if (near.word != NULL)
		return err_set(err, EX_CONFIG, "from: no layer is called '%s'; did you mean '%s'?", text, near.word);
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
	if (other > l)
		return err_set(err, EX_CONFIG, "from: %s is layer %zu, and layer %zu can read only layers before it", text,
		               other + 1, l + 1);
	*map = other + 1;
	return 0;
}

int graph_source(size_t layers, struct layer_spec *const *spec, size_t l, size_t s, size_t *map, struct err *err)
{
	const char *text = spec[l]->sources > 0 ? spec[l]->source[s] : before;
	if (source_find(layers, spec, l, text, map, err) != 0)
		return -1;
	if (*map != l)
		return err_set(err, EX_CONFIG, "from: %s is not the layer before; other networks than chains are not possible "
		               "yet", text);
	return 0;
}
