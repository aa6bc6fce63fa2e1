/* base: error text, checked memory, texts for people, counter-based random numbers, threads, keys of the job file, the
 * clock. Floor 0. */
#ifndef CONVOY_BASE_H
#define CONVOY_BASE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <stdio.h>
#include <sysexits.h>

#ifdef __GNUC__
#define CONVOY_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define CONVOY_PRINTF(f, a)
#endif

/* ---- Errors ------------------------------------------------------------------------------------
 * A function that can fail returns 0 or -1 (or a pointer or NULL) and takes `struct err *` last.
 * Zero-initialise one (`struct err err = {0};`) before the first call. */
struct err {
	int code;       /* 0: no error; otherwise a sysexits code, which the program exits with */
	char text[512]; /* one line for the user: file, place, value and limit; no newline; a longer text has "…" in its
	                 * middle */
};

/* Sets `err`, unless it already holds an error: the first error stays. Always returns −1. Local. */
int err_set(struct err *err, int code, const char *format, ...) CONVOY_PRINTF(3, 4);

/* Puts "PREFIX: " before the text of an error that is set. Always returns −1. Local. */
int err_prefix(struct err *err, const char *format, ...) CONVOY_PRINTF(2, 3);

/* Calls err_set with EX_OSERR for an allocation of `bytes` that failed. Always returns −1. Local. */
int err_memory(struct err *err, size_t bytes);

/* ---- Memory ------------------------------------------------------------------------------------
 * Returns zeroed memory of count × size bytes, aligned to 64 bytes. Checks the product for overflow. A zero count gives
 * memory too, not NULL. From 2 MiB on it asks the system for huge pages. Free with free(). NULL and `err` (EX_OSERR) on
 * failure. Local. */
void *memory_zeroed(size_t count, size_t size, struct err *err);

/* Returns a copy of `text`. Free with free(). NULL and `err` on failure. Local. */
char *memory_text(const char *text, struct err *err);

/* Prints into new memory and returns it. Free with free(). NULL and `err` on failure. Local. */
char *memory_format(struct err *err, const char *format, ...) CONVOY_PRINTF(2, 3);

/* A stream that prints into memory. open_memstream of stdio loses text if there is no memory, and ferror does not
 * report it. memory_stream_open returns −1 and `err` on failure. memory_stream_close returns the text with a NUL after
 * its *length bytes (`length` may be NULL); free with free(). It returns NULL and `err` if any text was lost, and NULL
 * for a zeroed stream that was never opened. Local. */
struct memory_stream {
	FILE *file; /* to print to */
	char *text;
	size_t length, room;
};
int memory_stream_open(struct memory_stream *stream, struct err *err);
char *memory_stream_close(struct memory_stream *stream, size_t *length, struct err *err);

/* Returns what to put between a directory and a name in it: "/", or "" if the directory's path ends with "/". Local. */
const char *path_gap(const char *directory);

/* Sets *product to a × b and returns true. Returns false and leaves *product if that overflows. Local. */
bool size_multiply(size_t a, size_t b, size_t *product);

/* Returns the larger of two sizes. Local. */
static inline size_t size_larger(size_t one, size_t other)
{
	return one > other ? one : other;
}

/* ---- Texts -------------------------------------------------------------------------------------
 * Texts are UTF-8. A character takes one column of a terminal. All functions are local and pure. */

/* Returns whether a byte begins a character, and does not continue one. */
static inline bool text_begins(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

/* Returns the columns that a text takes. */
size_t text_columns(const char *text);

/* Returns whether a text ends with another one. */
bool text_ends(const char *text, const char *end);

/* Returns the bytes of the first `columns` characters, or of all where there are fewer. */
size_t text_head(const char *text, size_t columns);

/* Returns the text behind a byte order mark (U+FEFF) that stands at its beginning, otherwise the text itself. Pure. */
const char *text_behind_mark(const char *text);

/* Returns how many blanks fill a text up to `columns`, for printf("%s%*s", text, text_gap(text, columns), ""). */
int text_gap(const char *text, size_t columns);

/* Returns how many of the first `bytes` bytes hold whole characters; the text is at least that long. */
size_t text_whole(const char *text, size_t bytes);

/* Formats a line of less than `room` bytes (at least 16). What does not fit loses its middle, with "…" there: long are
 * paths, which stand in front of what is wrong with them. No character is cut in two. */
void text_fit(char *text, size_t room, const char *format, ...) CONVOY_PRINTF(3, 4);
void text_vfit(char *text, size_t room, const char *format, va_list args);

/* Returns the bytes of the control character (C0, DEL, C1) or separator of lines (U+2028, U+2029) at the begin of a
 * text, 0 where it begins otherwise. */
size_t text_control(const char *text);

/* Returns the bytes of the UTF-8 character (RFC 3629) at the begin of a text, 0 where there is none. */
size_t text_character(const char *text);

/* Returns what is wrong with a text that people read and job files hold: "is empty", "holds a control character" (as
 * text_control has them), "is not UTF-8"; NULL if nothing is. */
const char *text_fault(const char *text);

/* Writes "60,850". Returns `text`. */
enum { THOUSANDS = 32 };
const char *text_thousands(uint64_t number, char text[THOUSANDS]);

/* Writes seconds, rounded, as "1:02:03" or "2:03"; "0:00" for what is no time. Returns `text`. */
enum { DURATION = 32 };
const char *text_duration(double seconds, char text[DURATION]);

/* ---- Random numbers ----------------------------------------------------------------------------
 * Counter-based random numbers (Philox 4x32-10; Salmon et al. 2011). A number depends on its key and counter alone, not
 * on the caller or the order of calls. `use` separates the streams of a seed. */
enum random_use {
	RANDOM_WEIGHTS = 1, /* initial parameters: a = layer, b = index within the layer */
	RANDOM_ORDER = 2,   /* order of the samples: a = epoch, b = position */
	RANDOM_CHECK = 3,   /* entries and inputs of the gradient check: a = tensor, b = index */
	RANDOM_DISTORT = 4, /* distortion: a = epoch, b = sample */
	RANDOM_SPLIT = 5,   /* which samples validate: b = position */
	RANDOM_DROPOUT = 6, /* what is dropped: a = step and layer, b = sample */
	RANDOM_WINDOW = 7,  /* order within windows of a stream: a = epoch, b = position */
	RANDOM_MIXUP = 8,   /* a sample's share of its partner: a = epoch, b = 2 · sample and one more */
	RANDOM_PARTNER = 9, /* partners of mixup: a = epoch, b = position */
	RANDOM_SWEEP = 10,  /* combinations of a sweep: a = key, b = draw */
};

/* Returns 64 random bits. Local, pure. */
uint64_t random_bits(uint64_t seed, enum random_use use, uint64_t a, uint64_t b);

/* Returns a number uniform on [0, 1), a multiple of 2^-53. Local, pure. */
double random_uniform(uint64_t seed, enum random_use use, uint64_t a, uint64_t b);

/* Returns a number uniform on 0 … n−1, n ≥ 1 (bias below n / 2^64). Local, pure. */
uint64_t random_below(uint64_t seed, enum random_use use, uint64_t a, uint64_t b, uint64_t n);

/* Gives `count` words of a long stream of 32-bit words, from word number `first` on, a multiple of 4. Each b has a
 * stream of its own. first + count is below 2^26. Local, pure. */
void random_words(uint64_t seed, enum random_use use, uint64_t a, uint32_t b, size_t first, size_t count,
                  uint32_t *word);

/* ---- Threads -----------------------------------------------------------------------------------
 * The thread that opens them, which is thread 0, and helpers that wait for its work. */
struct threads;

/* Returns how many cores this process may use, at least 1. Local. */
size_t cores_usable(void);

/* Starts count − 1 helpers, count ≥ 1; they take no signals. EX_OSERR if the system grants fewer. Close with
 * threads_close. Local. */
int threads_open(struct threads **out, size_t count, struct err *err);

/* Ends the helpers. NULL: does nothing. Local. */
void threads_close(struct threads *threads);

/* Returns their number; of NULL 1, the caller's. Local, pure. */
size_t threads_count(const struct threads *threads);

/* Calls work(context, 0 … count−1), each on its own thread, and returns when all calls have ended. Not from within
 * `work`. NULL: the caller alone. Local. */
void threads_run(struct threads *threads, void (*work)(void *context, size_t thread), void *context);

/* ---- Suggestions -------------------------------------------------------------------------------
 * Finds the word that a mistyped word was meant to be: the nearest of those that are offered. The distance is the
 * number of letters that are left out, added, changed or swapped with their neighbour, without regard to case (optimal
 * string alignment, a restricted Damerau-Levenshtein distance). It is at most 2, and at most half of the letters
 * typed. */
struct suggestion {
	const char *typed; /* borrowed, not terminated */
	size_t length;
	const char *word; /* nearest word so far, the first of equals; NULL: none is near */
	size_t distance;
};

/* Compares with one more word. Keeps a pointer to it. Local. */
void suggestion_offer(struct suggestion *suggestion, const char *word);

/* ---- Keys --------------------------------------------------------------------------------------
 * A row holds everything about one key of the job file. The owner of the member that the key fills also owns the row: a
 * layer type, or the job. Reading, limits, defaults, suggestions, --set, the comparison on resume, `convoy help keys`
 * and the tables of doc/formats.md all come from rows. An array of rows or words ends with one that has no name. */
enum key_type {
	KEY_WHOLE,    /* size_t or uint64_t: a whole number below 2^63; or one of `words`, for its value */
	KEY_REAL,     /* double */
	KEY_TRUTH,    /* bool */
	KEY_WORD,     /* enum: one of `words` */
	KEY_TEXT,     /* char *: least … most bytes; NULL if it is absent */
	KEY_TEXTS,    /* char **: a list of least … most texts of 1 … `bytes` bytes, their number at `count_at` */
	KEY_MAPPING,  /* the keys of `rows`, which are placed in the same structure */
	KEY_VARIANTS, /* pointer to least … most pointers to structures, their number at `count_at`: a list of mappings, in
	               * which the key `type` chooses the variant; `rows` are the keys that all variants have */
	KEY_LISTS,    /* struct connection_spec: one of `words`, or as many lists of whole numbers as the whole number at
	               * `count_at` says, which job reads by hand */
	KEY_REALS,    /* struct reals: one of `words`, whose values are not 0, or a list of numbers, least … most each,
	               * or of pairs of them; if `words` is NULL, also one number without a list around it */
	KEY_SIDES,    /* struct sides: a whole number for both, or a list of two, least … most each; or the
	               * only one of `words`, if that is not NULL, for 0 and 0 */
	KEY_GONE,     /* a key of earlier releases, which is refused; the error says to write `help`, the value and "}" */
};

/* What a key of KEY_REALS says; all 0: it is absent. */
struct reals {
	unsigned word; /* 0: a list */
	size_t count;
	struct real_entry {
		size_t numbers; /* 1 or 2 */
		double number[2];
	} *entry; /* [count] */
};

/* Two lengths, along rows and along columns: what a key of KEY_SIDES says. */
struct sides {
	size_t rows, columns;
};

struct key_word {
	const char *name;
	unsigned value;
};

/* What other programs say for a key, for a word or for the name of a variant: an error says that `typed` means `word`,
 * and `note` behind that. An array ends with one that has no `typed`. */
struct key_alias {
	const char *typed, *word, *note;
};

/* A form of the mappings of KEY_VARIANTS. Its rows, and those that all variants have, fill the structure that `create`
 * makes of `type`, with their defaults; NULL on failure. The owner of the list frees it. */
struct key_variant {
	const char *name; /* the value of the key `type` */
	const struct key *rows;
	void *(*create)(const void *type, struct err *err);
	const void *type;
	const struct key_alias *aliases; /* of the name; NULL: none */
};

struct key {
	const char *name;
	enum key_type type;
	size_t at, size; /* offset and bytes of the member: KEY_AT */
	bool needed;     /* no default: the mapping must have the key */
	bool same;       /* must be the same in a job that continues a checkpoint; of a mapping or list: all of it */
	bool changes;    /* … but may be another one if the user says so */
	double preset;   /* the default of a number, truth or word */
	double least, most; /* least ≤ x ≤ most; `above` and `below` exclude the ends */
	bool above, below;
	bool single;         /* taken in float32: refused if `below` and rounded to 1, or only `above` and rounded to 0 */
	const struct key_word *words;
	const struct key *rows;
	const char *lone;    /* of a mapping: the key of `rows` that a single value in its place stands for; NULL: none */
	bool (*variant)(size_t index, struct key_variant *out); /* false after the last */
	size_t count_at;     /* offset of a size_t */
	size_t bytes;        /* most of each of several texts */
	bool bare;           /* of several texts: one of them may stand without a list around it */
	const char *absent;  /* for readers: what holds if the key is absent and has no plain default */
	const char *help;    /* for readers: one line */
	const struct key_alias *aliases; /* of the key and of its words; NULL: none */
};
#define KEY_AT(structure, member) .at = offsetof(structure, member), .size = sizeof(((structure *)0)->member)

/* Returns the row whose name is the first `length` bytes of `name`, or NULL. Local. */
const struct key *key_named(const struct key *rows, const char *name, size_t length);

/* Returns the word for a value, or "". Local. */
const char *key_word_name(const struct key_word *words, unsigned value);

/* Finds the value of a word; false: there is no such word. Local. */
bool key_word_value(const struct key_word *words, const char *name, unsigned *value);

/* Puts the defaults of all rows into a zeroed structure. Local. */
void keys_preset(const struct key *rows, void *structure);

/* ---- JSON --------------------------------------------------------------------------------------
 * Writes a string with its quotes. Escapes "<", so that no text can end a script element. Bytes that are not UTF-8
 * become U+FFFD. Local. */
void json_text(FILE *file, const char *text);

/* ---- Clock -------------------------------------------------------------------------------------
 * Returns the seconds of the monotonic clock. Use differences only. Local. */
double clock_seconds(void);

/* ---- Processes (process.c) ---------------------------------------------------------------------------------------
 * Files of others can crash the libraries that read them. So this program reads them in a second process of itself,
 * which begins with other arguments. */

/* Starts the program again with these arguments. Its standard input and output are the descriptors `input` and
 * `output`; what it says on stderr goes nowhere. Signals have their first meaning there. Returns 0, or a number of
 * errno. Local. */
int process_start(int *process, char *const argv[], int input, int output);

/* Writes `count` bytes for who started this process, to its standard output. Returns false if nobody reads them.
 * Local. */
bool process_give(const void *bytes, size_t count);

/* Takes `count` bytes of what it writes. Returns false if it ends before, or if clock_seconds() reaches `until`.
 * Local. */
bool process_take(int from, double until, void *bytes, size_t count);

/* Waits for the end of a process, after SIGKILL if kill_it. Returns how it ended, as waitpid tells. One that has
 * already died keeps its own signal. Local. */
int process_end(int process, bool kill_it);

/* Takes from the calling process what such a task does not need: more memory than 4 GiB, files that grow, cores. */
void process_confine(void);

#endif
