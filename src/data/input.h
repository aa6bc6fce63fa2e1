/* A plain or gzip file of known length. Reads exactly what its header announces, then checks that the file ends. */
#ifndef CONVOY_DATA_INPUT_H
#define CONVOY_DATA_INPUT_H

#include <convoy/base.h>

/* The largest content that is read: 64 GiB. */
#define INPUT_LARGEST ((size_t)1 << 36)

struct input;

/* Opens `directory`/`name`, or with `packed` also `name`.gz where there is no such file; gzip is recognised by its
 * first bytes, whatever the name. Of both, input_end demands that they hold the same. EX_NOINPUT where there is none or
 * it cannot be opened. NULL on failure. */
struct input *input_open(const char *directory, const char *name, bool packed, struct err *err);

/* Does the same with an open regular file, from its start. `fd` stays the caller's. `name` is for messages. */
struct input *input_adopt(int fd, const char *name, struct err *err);
void input_close(struct input *in);


const char *input_path(const struct input *in);

/* Returns in which forms the file is there. */
enum { INPUT_PLAIN = 1, INPUT_GZ = 2 };
unsigned input_forms(const struct input *in);
bool input_packed(const struct input *in);
uint64_t input_file_size(const struct input *in);

/* Announces a content of header + count × each bytes. EX_DATAERR if that is above INPUT_LARGEST, is not the size of a
 * plain file, or is more than a gzip file of this size can hold. Call it before you allocate memory for the content. */
int input_announce(struct input *in, size_t header, size_t count, size_t each, struct err *err);

/* Reads exactly `count` bytes. EX_DATAERR if the content is cut short or damaged, EX_IOERR if it cannot be read. */
int input_read(struct input *in, void *bytes, size_t count, struct err *err);

/* Demands that the content ends here, and the file with it, and that `name`.gz beside a plain file holds the same: its
 * last bytes name the checksum and length of the content, or all of it is read. EX_DATAERR otherwise. */
int input_end(struct input *in, struct err *err);

#endif
