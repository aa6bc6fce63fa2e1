/* Arrays in NumPy's own files (.npy): what their headers say, checked against the file. */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Magic and version, then the length of a dictionary in 2 or 4 bytes, then the dictionary as Python writes it. */
enum { MAGIC = 6, VERSION = 8, HEADER_MOST = 1 << 16, DESCRIPTION = 32 };

/* Bytes of a piece, as in files that convoy import writes: windows mix pieces. */
enum { NUMPY_PIECE = 1 << 18 };

/* What the dictionary says. */
struct dictionary {
	char type[DESCRIPTION]; /* "<f4" … */
	bool records;           /* a list of types instead */
	bool fortran;
	size_t rank, dims[STORE_RANK]; /* the rank can be larger */
	bool has_type, has_order, has_shape;
};

/* ---- A dictionary of Python -------------------------------------------------------------------------------------- */

struct cursor {
	const char *next, *end;
};

/* The next character that is no space; 0 at the end. */
static char peek(struct cursor *c)
{
	while (c->next < c->end && (*c->next == ' ' || *c->next == '\t' || *c->next == '\n'))
		c->next++;
	return c->next < c->end ? *c->next : 0;
}

static bool take(struct cursor *c, char wanted)
{
	if (peek(c) != wanted)
		return false;
	c->next++;
	return true;
}

static bool take_word(struct cursor *c, const char *word)
{
	size_t length = strlen(word);
	peek(c);
	if ((size_t)(c->end - c->next) < length || memcmp(c->next, word, length) != 0)
		return false;
	c->next += length;
	return true;
}

/* A text in quotes, without escapes; cut to the room. */
static bool take_text(struct cursor *c, char *out, size_t room)
{
	char quote = peek(c);
	size_t length = 0;
	if (quote != '\'' && quote != '"')
		return false;
	for (c->next++; c->next < c->end && *c->next != quote; c->next++) {
		if (*c->next == '\\')
			return false;
		if (length + 1 < room)
			out[length++] = *c->next;
	}
	out[length] = 0;
	return take(c, quote);
}

/* A list of types in brackets, which is passed over. */
static bool take_list(struct cursor *c)
{
	char text[2];
	size_t deep = 0;
	do {
		char next = peek(c);
		if (next == 0 || ((next == '\'' || next == '"') && !take_text(c, text, sizeof text)))
			return false;
		if (next == '\'' || next == '"')
			continue;
		c->next++;
		deep += next == '[';
		deep -= next == ']';
	} while (deep > 0);
	return true;
}

/* "(3, 28L, 28)": Python 2 wrote an L. */
static bool take_shape(struct cursor *c, struct dictionary *out)
{
	if (!take(c, '('))
		return false;
	while (!take(c, ')')) {
		size_t number = 0, digits = 0;
		for (char next = peek(c); c->next < c->end && (next = *c->next) >= '0' && next <= '9'; c->next++, digits++)
			if (!size_multiply(number, 10, &number) || (number += (size_t)(next - '0')) < (size_t)(next - '0'))
				return false;
		if (c->next < c->end && *c->next == 'L')
			c->next++;
		if (digits == 0 || (!take(c, ',') && peek(c) != ')'))
			return false;
		if (out->rank < STORE_RANK)
			out->dims[out->rank] = number;
		out->rank++;
	}
	return true;
}

static bool take_value(struct cursor *c, const char *key, struct dictionary *out)
{
	bool *has = strcmp(key, "descr") == 0 ? &out->has_type : strcmp(key, "fortran_order") == 0 ? &out->has_order
	            : strcmp(key, "shape") == 0 ? &out->has_shape : NULL;
	if (has == NULL || *has)
		return false;
	*has = true;
	if (has == &out->has_shape)
		return take_shape(c, out);
	if (has == &out->has_type) {
		out->records = peek(c) == '[';
		return out->records ? take_list(c) : take_text(c, out->type, sizeof out->type);
	}
	out->fortran = take_word(c, "True");
	return out->fortran || take_word(c, "False");
}

static int dictionary_read(const char *text, size_t count, struct dictionary *out, struct err *err)
{
	struct cursor c = {text, text + count};
	char key[DESCRIPTION] = "";
	bool good = take(&c, '{');
	*out = (struct dictionary){0};
	while (good && !take(&c, '}')) {
		good = take_text(&c, key, sizeof key) && take(&c, ':') && take_value(&c, key, out);
		good = good && (take(&c, ',') || peek(&c) == '}');
	}
	good = good && peek(&c) == 0 && c.next == c.end;
	if (good && out->has_type && out->has_order && out->has_shape)
		return 0;
	if (good)
		return err_set(err, EX_DATAERR, "its header has no '%s'", !out->has_type ? "descr" : !out->has_order
		               ? "fortran_order" : "shape");
	if (text_fault(key) == NULL)
		return err_set(err, EX_DATAERR, "its header is not as NumPy writes it, at or after '%s'", key);
	return err_set(err, EX_DATAERR, "its header is not as NumPy writes it");
}

/* ---- Types ------------------------------------------------------------------------------------------------------- */

/* Names what is no number that is read. Always −1. */
static int type_refuse(const struct dictionary *h, struct err *err)
{
	char kind = h->records ? 'V' : h->type[1];
	switch (kind) {
	case 'O':
		return err_set(err, EX_DATAERR, "holds Python objects; np.save(file, np.stack(a).astype('f4')) stores "
		               "numbers, if all have one shape");
	case 'S':
	case 'a':
	case 'U':
		return err_set(err, EX_DATAERR, "holds texts; store numbers (of classes: 0, 1, 2 …)");
	case 'V':
		return err_set(err, EX_DATAERR, "holds records; store each member as an array of its own");
	case 'c':
		return err_set(err, EX_DATAERR, "holds complex numbers; store real and imaginary parts as channels");
	case 'M':
	case 'm':
		return err_set(err, EX_DATAERR, "holds dates or times; store numbers");
	default:
		return err_set(err, EX_DATAERR, "has type '%s'; bool, int8 … int64, uint8 … uint64, float16, float32 and "
		               "float64 are read", text_fault(h->type) == NULL ? h->type : "?");
	}
}

/* '<' and '>' are orders of bytes, '|' is none, '=' this machine's. */
static int type_read(const struct dictionary *h, struct number_format *out, struct err *err)
{
	static const struct {
		const char *name;
		enum store_type type;
	} types[] = {
		{"b1", STORE_U8}, {"u1", STORE_U8}, {"u2", STORE_U16}, {"u4", STORE_U32}, {"u8", STORE_U64},
		{"i1", STORE_I8}, {"i2", STORE_I16}, {"i4", STORE_I32}, {"i8", STORE_I64},
		{"f2", STORE_F16}, {"f4", STORE_F32}, {"f8", STORE_F64},
	};
	bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	char order = h->type[0];
	*out = (struct number_format){0};
	for (size_t i = 0; !h->records && order != 0 && i < sizeof types / sizeof *types; i++) {
		size_t bytes = store_type_bytes(types[i].type);
		if (strcmp(h->type + 1, types[i].name) != 0 || strchr(bytes > 1 ? "<>=" : "<>=|", order) == NULL)
			continue;
		out->type = types[i].type;
		out->swapped = bytes > 1 && order != '=' && (order == '>') != big;
		return 0;
	}
	return type_refuse(h, err);
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

/* Names the kind of a file by its first bytes. Always −1. */
static int magic_refuse(const uint8_t *bytes, size_t count, struct err *err)
{
	if (count >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
		return err_set(err, EX_DATAERR, "is an archive (.npz); store each array with np.save(file, a)");
	if (count >= 8 && memcmp(bytes, "\211HDF\r\n\032\n", 8) == 0)
		return err_set(err, EX_DATAERR, "is an HDF5 file; write data: {format: hdf5, file: …}");
	if (count >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b)
		return err_set(err, EX_DATAERR, "is compressed (gzip); unpack it");
	return err_set(err, EX_DATAERR, "is no NumPy file; np.save(file, a) writes one");
}

/* Length of all that stands before the numbers. `text` is where the dictionary begins. */
static int length_read(const uint8_t *bytes, size_t count, size_t *text, size_t *length, struct err *err)
{
	if (count < VERSION || memcmp(bytes, "\x93NUMPY", MAGIC) != 0)
		return magic_refuse(bytes, count, err);
	if (bytes[MAGIC] < 1 || bytes[MAGIC] > 3 || bytes[MAGIC + 1] != 0)
		return err_set(err, EX_DATAERR, "has version %u.%u of NumPy's format; 1.0, 2.0 and 3.0 are read",
		               bytes[MAGIC], bytes[MAGIC + 1]);
	*text = VERSION + (bytes[MAGIC] == 1 ? 2 : 4);
	if (count < *text)
		return err_set(err, EX_DATAERR, "ends within its header");
	size_t said = bytes[VERSION] | (size_t)bytes[VERSION + 1] << 8;
	if (bytes[MAGIC] > 1)
		said |= (size_t)bytes[VERSION + 2] << 16 | (size_t)bytes[VERSION + 3] << 24;
	*length = *text + said;
	if (*length > HEADER_MOST)
		return err_set(err, EX_DATAERR, "has a header of %zu bytes, the limit is %d", *length, HEADER_MOST);
	return *length <= count ? 0 : err_set(err, EX_DATAERR, "ends within its header");
}

static int shape_check(const struct dictionary *h, size_t size, size_t offset, struct sample_pieces *out,
                       struct err *err)
{
	size_t all = store_type_bytes(out->number.type);
	if (h->rank == 0)
		return err_set(err, EX_DATAERR, "is a single number, not an array");
	if (h->rank > STORE_RANK)
		return err_set(err, EX_DATAERR, "has %zu dimensions, the limit is %d", h->rank, STORE_RANK);
	if (h->fortran && h->rank > 1)
		return err_set(err, EX_DATAERR, "is in Fortran order; np.save(file, np.ascontiguousarray(a)) stores it in "
		               "C order");
	for (size_t i = 0; i < h->rank; i++) {
		if (h->dims[i] == 0)
			return err_set(err, EX_DATAERR, "is empty");
		if (!size_multiply(all, h->dims[i], &all))
			return err_set(err, EX_DATAERR, "its header says more numbers than a file can hold");
	}
	if (all != size - offset)
		return err_set(err, EX_DATAERR, "has %zu bytes after its header, which says %zu", size - offset, all);
	if (h->dims[0] > UINT32_MAX)
		return err_set(err, EX_DATAERR, "has %zu entries, the limit is %u", h->dims[0], UINT32_MAX);
	if (all / h->dims[0] > PIECE_BYTES)
		return err_set(err, EX_DATAERR, "has %zu bytes in an entry, the limit is %d", all / h->dims[0], PIECE_BYTES);
	out->rank = h->rank;
	for (size_t i = 0; i < STORE_RANK; i++)
		out->dims[i] = i < h->rank ? h->dims[i] : 1;
	return 0;
}

int numpy_index(int file, size_t size, struct sample_pieces *out, struct err *err)
{
	out->count = out->filters = out->rank = 0;
	out->piece = NULL;
	size_t count = size < HEADER_MOST ? size : HEADER_MOST, done = 0, text = 0, offset = 0;
	struct dictionary header;
	uint8_t *bytes = memory_zeroed(count + 1, 1, err);
	int status = bytes == NULL ? -1 : 0;
	while (status == 0 && done < count) {
		ssize_t got = pread(file, bytes + done, count - done, (off_t)done);
		if (got < 0 && errno != EINTR)
			status = err_set(err, EX_IOERR, "%s", strerror(errno));
		if (got == 0)
			status = err_set(err, EX_DATAERR, "the file became shorter while it was read");
		done += got > 0 ? (size_t)got : 0;
	}
	if (status == 0 && (status = length_read(bytes, count, &text, &offset, err)) == 0)
		status = dictionary_read((const char *)bytes + text, offset - text, &header, err);
	if (status == 0)
		status = type_read(&header, &out->number, err);
	if (status == 0)
		status = shape_check(&header, size, offset, out, err);
	free(bytes);
	return status == 0 ? run_cut(out, offset, NUMPY_PIECE, err) : -1;
}
