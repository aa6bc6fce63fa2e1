/* Operators that move a window over maps: what they have in common. Private to the room onnx. */
#ifndef CONVOY_ONNX_WINDOWS_H
#define CONVOY_ONNX_WINDOWS_H

#include "import.h"

/* Along rows and columns: sides and steps of the windows, zeros before and behind. */
struct moves {
	size_t side[2], step[2], dilation[2], before[2], behind[2];
	size_t reach[2]; /* sides with what lies between dilated positions */
	bool ceiling; /* the last window may reach beyond the end */
};

/* Gives an attribute of `count` whole numbers, least … 2^20; each is `absent` if the node does not have it. EX_DATAERR
 * for other numbers. */
int numbers_get(struct import *in, const struct file_node *node, const char *name, size_t count, int64_t least,
                size_t absent, size_t *out);

/* Fills in all but the sides, which are set, for a node on maps of that shape. EX_DATAERR for what convoy does not
 * have, and for windows that do not fit. */
int moves_get(struct import *in, const struct file_node *node, struct shape shape, struct moves *w);

/* Returns the maps of windows that end within the padded input. */
struct shape moved(const struct moves *w, size_t maps, struct shape in);

/* Return whether there are zeros around the maps, and whether they are those of `padding: same`. */
bool moves_padded(const struct moves *w);
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
