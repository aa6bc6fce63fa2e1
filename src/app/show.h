/* show: the network as a graph. Private to the command show. */
#ifndef CONVOY_APP_SHOW_H
#define CONVOY_APP_SHOW_H

#include "app.h"

/* Prints the network as a graph in the language of Graphviz: a node for the input and for each layer. */
void dot_print(const struct model *model, bool checkpoint);

#endif
