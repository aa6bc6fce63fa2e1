/* show: how a layer is written, as a row of a table or a node of a graph. Private to the command show. */
#ifndef CONVOY_APP_SHOW_H
#define CONVOY_APP_SHOW_H

#include "app.h"

/* "5×5 tanh", "3×3/2 same relu": what a layer's geometry needs besides its maps; may end with a blank. */
void layer_detail(const struct layer_spec *spec, const struct layer *layer, char *text, size_t room);

/* "16×10×10", or "10" for maps of one number. */
void shape_text(struct shape shape, char *text, size_t room);

/* Prints the network as a graph in the language of Graphviz: a node for the input and for each layer. */
void dot_print(const struct model *model, bool checkpoint);

#endif
