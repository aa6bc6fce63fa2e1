/* Operators that move a window over maps: what they have in common. Private to the room onnx. */
#ifndef CONVOY_ONNX_WINDOWS_H
#define CONVOY_ONNX_WINDOWS_H

#include "import.h"

/* Along rows and columns: sides and steps of the windows, zeros before and behind. */
struct moves {
	bool line; /* the node has columns alone: rows are 1 */
	size_t side[2], step[2], dilation[2], before[2], behind[2];
	size_t reach[2]; /* sides with what lies between dilated positions */
	bool ceiling; /* the last window may reach beyond the end */
};

/* Gives an attribute of a whole number for rows and one for columns (of w->line: for columns), least … 2^20; both are
 * `absent` if the node does not have it. EX_DATAERR for other numbers. */
int sides_get(struct import *in, const struct file_node *node, const char *name, const struct moves *w, int64_t least,
              size_t absent, size_t out[2]);

/* Fills in all but `line` and the sides, which are set, for a node on maps of that shape. EX_DATAERR for what convoy
 * does not have, and for windows that do not fit. */
int moves_get(struct import *in, const struct file_node *node, struct shape shape, struct moves *w);

/* Returns the maps of windows that end within the padded input; if w->ceiling, also of one that begins within it. */
struct shape moved(const struct moves *w, size_t maps, struct shape in);

/* Returns whether there are zeros around the maps. */
bool moves_padded(const struct moves *w);

/* Returns whether convoy has these zeros as a word, and the word: same or centred. */
bool moves_word(const struct moves *w, struct shape shape, const char **word);
bool moves_same(const struct moves *w, struct shape shape);

/* Says that the padding is none that convoy has. Always −1 and EX_DATAERR. */
int padding_refuse(struct import *in, const struct moves *w, struct shape shape);

/* Checks that an attribute has the word `want`; `absent`: what holds for a node without it. EX_DATAERR says what convoy
 * does instead. */
int word_check(struct import *in, const struct file_node *node, const char *name, const char *absent,
               const char *want, const char *does);

/* Returns input 1 of a node, which must have rows and columns. NULL and EX_DATAERR otherwise. */
struct value *maps_get(struct import *in, const struct file_node *node);

#endif
