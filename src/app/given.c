/* Finds what a command was given to look at. */
#include "given.h"

#include "images.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 32, CHUNK = 1 << 16 };

/* Adds one; copies name and text. */
static int given_add(struct givens *g, const struct given *given, struct err *err)
{
	if (g->count == g->room) {
		size_t room = g->room == 0 ? 64 : 2 * g->room;
		struct given *more = realloc(g->one, room * sizeof *more);
		if (more == NULL)
			return err_memory(err, room * sizeof *more);
		g->one = more;
		g->room = room;
	}
	struct given copy = *given;
	copy.name = memory_text(given->name != NULL ? given->name : "", err);
	copy.text = memory_text(given->text != NULL ? given->text : "", err);
	if (copy.name == NULL || copy.text == NULL) {
		free(copy.name);
		free(copy.text);
		return -1;
	}
	g->samples += copy.count;
	g->one[g->count++] = copy;
	return 0;
}

/* What is wrong with it; without memory that is the end. */
static int bad_add(struct givens *g, const char *name, const struct err *trouble, struct err *err)
{
	if (trouble->code == EX_OSERR)
		return err_set(err, trouble->code, "%s", trouble->text);
	return given_add(g, &(struct given){.kind = GIVEN_BAD, .code = trouble->code, .name = (char *)name,
	                                    .text = (char *)trouble->text, .count = 1}, err);
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

/* Pictures hold bytes, uint16 or float32. */
static int pictures_fit(const struct model *model, struct err *err)
{
	return model->inputs == ELEMENT_U16 || model->inputs == ELEMENT_F32 ? 0 : model_takes_bytes(model, err);
}

/* Finds what a file with images holds. */
static int kind_find(struct given *given, const struct given_ask *ask, int file, struct err *err)
{
	bool many;
	if (images_probe(file, given->name, ask->model->job->input, &many, &given->count, err) != 0 ||
	    (many && model_takes_bytes(ask->model, err) != 0))
		return -1;
	given->kind = many ? GIVEN_IMAGES : GIVEN_PICTURE;
	return 0;
}

/* A picture, or a file of images. */
static int file_add(struct givens *g, const struct given_ask *ask, const char *path, struct err *err)
{
	struct given given = {.kind = GIVEN_PICTURE, .name = (char *)path, .count = 1};
	struct err trouble = {0};
	int file = images_open(path, &trouble);
	int code = file >= 0 ? kind_find(&given, ask, file, &trouble) : -1;
	if (file >= 0)
		close(file);
	if (code != 0)
		return bad_add(g, path, &trouble, err);
	return given_add(g, &given, err);
}

/* The samples of an array in a file. */
static int array_add(struct givens *g, const struct given_ask *ask, const char *path, struct err *err)
{
	const struct data_need need = model_need(ask->model);
	struct err trouble = {0};
	if (ask->pictures) {
		err_set(&trouble, EX_USAGE, "%s: --invert and --background are for pictures, not for arrays of numbers: leave "
		        "them out", path);
		return bad_add(g, path, &trouble, err);
	}
	struct inputs *inputs =
		inputs_open(path, ask->array, ask->other, &need, (enum element)ask->model->inputs, &trouble);
	if (inputs == NULL)
		return bad_add(g, path, &trouble, err);
	const struct given given = {.kind = GIVEN_ARRAY, .name = (char *)path, .count = inputs_count(inputs),
	                            .span = inputs_span(inputs)};
	inputs_close(inputs);
	return given_add(g, &given, err);
}

/* Reads standard input to its end. */
static int input_read(struct givens *g, struct err *err)
{
	static const char name[] = "standard input";
	size_t room = 0, got;
	do {
		if (room - g->input_bytes < CHUNK) {
			size_t more = 2 * room + CHUNK;
			uint8_t *bytes = realloc(g->input, more);
			if (bytes == NULL)
				return err_memory(err, more);
			g->input = bytes;
			room = more;
		}
		got = fread(g->input + g->input_bytes, 1, CHUNK, stdin);
		g->input_bytes += got;
		if (g->input_bytes > IMAGE_BYTES)
			return err_set(err, EX_DATAERR, "%s: more than %d bytes", name, IMAGE_BYTES);
	} while (got > 0);
	return ferror(stdin) ? err_set(err, EX_IOERR, "%s: %s", name, strerror(errno)) : 0;
}

static int input_add(struct givens *g, const struct given_ask *ask, struct err *err)
{
	struct given given = {.name = (char *)"standard input", .piped = true, .count = 1};
	struct err trouble = {0};
	FILE *spool = NULL;
	/* It can be read once; named again it is empty. */
	int code = pictures_fit(ask->model, &trouble);
	if (code == 0 && g->input == NULL)
		code = input_read(g, &trouble);
	else if (code == 0)
		code = err_set(&trouble, EX_DATAERR, "%s: is empty", given.name);
	if (code == 0)
		code = (spool = images_spool(g->input, g->input_bytes, &trouble)) != NULL ? 0 : -1;
	if (code == 0)
		code = kind_find(&given, ask, fileno(spool), &trouble);
	if (spool != NULL)
		fclose(spool);
	if (code != 0)
		return bad_add(g, "-", &trouble, err);
	return given_add(g, &given, err);
}

/* ---- Directories ------------------------------------------------------------------------------------------------- */

static bool named_like_idx(const char *name)
{
	return strstr(name, "idx3-ubyte") != NULL || strstr(name, "idx4-ubyte") != NULL;
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

enum { NAMED = 3, NAMES_ROOM = 160 };

/* What a directory holds. */
struct found {
	size_t images, left; /* read; left out */
	size_t other;        /* of these: pictures of other formats, by their names … */
	const char *format;  /* … one of them, "JPEG" */
	size_t root;         /* bytes of the directory's path and the slash behind it */
	char name[NAMED][NAMES_ROOM]; /* the first that are left out, as they are called below it */
};

static void leave_out(struct found *found, const char *path)
{
	const char *format = photo_format_of_name(path);
	if (found->left < NAMED)
		text_fit(found->name[found->left], NAMES_ROOM, "%s", path + found->root);
	found->left++;
	found->other += format != NULL;
	if (found->format == NULL)
		found->format = format;
}

/* "3 entries left out (words.txt, …): …, 2 of them JPEG or the like: …"; NULL without memory. */
static char *left_text(const struct found *found, struct err *err)
{
	size_t named = found->left < NAMED ? found->left : NAMED;
	char *others = found->other == 0 ? memory_text("", err) :
		memory_format(err, ", %zu of them %s%s: " PHOTO_WAY_OUT, found->other, found->format,
	                  found->other > 1 ? " and the like" : "");
	char *text = others == NULL ? NULL :
		memory_format(err, "%zu entr%s left out (%s%s%s%s%s%s): hidden, not named like " PHOTO_FORMATS ", PPM or IDX "
	                  "files, or links to directories%s", found->left, found->left == 1 ? "y" : "ies", found->name[0],
	                  named > 1 ? ", " : "", named > 1 ? found->name[1] : "", named > 2 ? ", " : "",
	                  named > 2 ? found->name[2] : "", found->left > NAMED ? ", …" : "", others);
	free(others);
	return text;
}

/* After a directory that the user has named. */
static int found_tell(struct givens *g, const char *path, const struct found *found, struct err *err)
{
	struct err trouble = {0};
	char *left = found->left > 0 ? left_text(found, err) : NULL, *text = NULL;
	int code = err->code == 0 ? 0 : -1;
	if (code == 0 && found->images == 0) {
		err_set(&trouble, EX_NOINPUT, "%s: holds no " PHOTO_FORMATS ", PPM or IDX files%s%s", path,
		        left != NULL ? ": " : "", left != NULL ? left : "");
		code = bad_add(g, path, &trouble, err);
	} else if (code == 0 && left != NULL) {
		text = memory_format(err, "%s: %s", path, left);
		code = text == NULL ? -1 : given_add(g, &(struct given){.kind = GIVEN_REMARK, .text = text}, err);
	}
	free(text);
	free(left);
	return code;
}

static int path_add(struct givens *g, const struct given_ask *ask, const char *path, size_t depth, struct found *found,
                    struct err *err);

static int directory_add(struct givens *g, const struct given_ask *ask, const char *path, size_t depth,
                         struct found *found, struct err *err)
{
	struct dirent **entry = NULL;
	struct err trouble = {0};
	int entries = depth < DEPTH ? scandir(path, &entry, no_dots, alphasort) : -1, code = 0;
	if (depth >= DEPTH)
		err_set(&trouble, EX_DATAERR, "%s: directories more than %d deep", path, DEPTH);
	else if (entries < 0)
		err_set(&trouble, errno == ENOMEM ? EX_OSERR : EX_NOINPUT, "%s: %s", path, strerror(errno));
	if (depth == 0)
		found->root = strlen(path) + strlen(path_gap(path));
	for (int i = 0; i < entries; i++) {
		char *inner = code == 0 ? memory_format(err, "%s%s%s", path, path_gap(path), entry[i]->d_name) : NULL;
		if (inner == NULL)
			code = -1;
		else if (entry[i]->d_name[0] == '.')
			leave_out(found, inner);
		else
			code = path_add(g, ask, inner, depth + 1, found, err);
		free(inner);
		free(entry[i]);
	}
	free(entry);
	if (code == 0 && trouble.code != 0)
		return bad_add(g, path, &trouble, err);
	return code == 0 && depth == 0 ? found_tell(g, path, found, err) : code;
}

/* At depth 0 it was named by the user: it is read whatever it is called. What is found in a directory must be called
 * like an image, and links to other directories are not followed. */
static int path_add(struct givens *g, const struct given_ask *ask, const char *path, size_t depth, struct found *found,
                    struct err *err)
{
	struct stat file;
	bool link = depth > 0 && lstat(path, &file) == 0 && S_ISLNK(file.st_mode);
	bool directory = stat(path, &file) == 0 && S_ISDIR(file.st_mode);
	const char *name = depth > 0 ? strrchr(path, '/') + 1 : path;
	if (directory && !link)
		return directory_add(g, ask, path, depth, found, err);
	if (directory || (depth > 0 && !photo_named(name) && !named_like_idx(name))) {
		leave_out(found, path);
		return 0;
	}
	found->images++;
	if (depth == 0 || named_like_idx(name))
		return file_add(g, ask, path, err);
	return given_add(g, &(struct given){.kind = GIVEN_PICTURE, .name = (char *)path, .count = 1}, err);
}

/* ------------------------------------------------------------------------------------------------------------------ */

int givens_find(struct givens *out, const struct given_ask *ask, size_t count, char *const *path, struct err *err)
{
	int code = 0;
	*out = (struct givens){0};
	for (size_t i = 0; i < count && code == 0; i++) {
		struct err trouble = {0};
		struct found found = {0};
		if (strcmp(path[i], "-") == 0)
			code = input_add(out, ask, err);
		else if (holds_arrays(path[i]))
			code = array_add(out, ask, path[i], err);
		else if (pictures_fit(ask->model, &trouble) != 0 && access(path[i], F_OK) == 0) /* else it says so */
			code = bad_add(out, path[i], &trouble, err);
		else
			code = path_add(out, ask, path[i], 0, &found, err);
	}
	return code;
}

void givens_free(struct givens *g)
{
	for (size_t i = 0; i < g->count; i++) {
		free(g->one[i].name);
		free(g->one[i].text);
	}
	free(g->one);
	free(g->input);
	*g = (struct givens){0};
}

/* ---- For other ranks --------------------------------------------------------------------------------------------- */

/* The counts, what standard input held, then each given with its texts and their NULs. */
struct packed {
	size_t givens, input_bytes;
	bool input;
};

uint8_t *givens_pack(const struct givens *g, size_t *bytes, struct err *err)
{
	const struct packed head = {g->count, g->input_bytes, g->input != NULL};
	struct memory_stream out;
	if (memory_stream_open(&out, err) != 0)
		return NULL;
	fwrite(&head, sizeof head, 1, out.file);
	fwrite(g->input, 1, g->input_bytes, out.file);
	for (size_t i = 0; i < g->count; i++) {
		fwrite(&g->one[i], sizeof g->one[i], 1, out.file);
		fwrite(g->one[i].name, 1, strlen(g->one[i].name) + 1, out.file);
		fwrite(g->one[i].text, 1, strlen(g->one[i].text) + 1, out.file);
	}
	return (uint8_t *)memory_stream_close(&out, bytes, err);
}

int givens_unpack(struct givens *out, const uint8_t *bytes, struct err *err)
{
	struct packed head;
	*out = (struct givens){0};
	memcpy(&head, bytes, sizeof head);
	bytes += sizeof head;
	if (head.input) {
		if ((out->input = memory_zeroed(head.input_bytes, 1, err)) == NULL)
			return -1;
		memcpy(out->input, bytes, head.input_bytes);
		out->input_bytes = head.input_bytes;
		bytes += head.input_bytes;
	}
	for (size_t i = 0; i < head.givens; i++) {
		struct given given;
		memcpy(&given, bytes, sizeof given);
		given.name = (char *)bytes + sizeof given; /* given_add copies */
		given.text = given.name + strlen(given.name) + 1;
		bytes = (const uint8_t *)given.text + strlen(given.text) + 1;
		if (given_add(out, &given, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- Parts of the work ------------------------------------------------------------------------------------------- */

enum { UNIT = 256, UNIT_PICTURES = 16 };

/* Samples of a part: whole rows of an array, or rows cut into parts of about one size. */
static size_t part_of(const struct given *given, size_t most)
{
	size_t span = given->kind == GIVEN_ARRAY ? given->span : most;
	if (span <= most)
		return most / span * span;
	size_t parts = (span + most - 1) / most, each = (span + parts - 1) / parts;
	return (each + LANES - 1) / LANES * LANES;
}

/* Counts the parts, and notes them where there is room. */
static size_t units_count(const struct givens *g, size_t most, struct unit *unit)
{
	size_t count = 0, run = 0; /* run: givens of one sample in the last part */
	for (size_t i = 0; i < g->count; i++) {
		const struct given *given = &g->one[i];
		bool many = given->kind == GIVEN_IMAGES || given->kind == GIVEN_ARRAY;
		if (!many && run > 0 && run < UNIT_PICTURES) {
			if (unit != NULL)
				unit[count - 1].givens++;
			run++;
			continue;
		}
		run = many ? 0 : 1;
		size_t part = many ? part_of(given, most) : 1, end = many ? given->count : 1, span = given->span, some;
		for (size_t first = 0; first < end; first += some, count++) {
			/* A part does not go over the end of a row that is cut. */
			size_t left = many && span > most ? span - first % span : end - first;
			some = left < end - first ? left : end - first;
			some = some < part ? some : part;
			if (unit != NULL)
				unit[count] = (struct unit){i, 1, first, many ? some : 0};
		}
	}
	return count;
}

struct unit *givens_divide(const struct givens *g, size_t most, size_t *units, struct err *err)
{
	most = most > UNIT ? UNIT : most < LANES ? LANES : most;
	*units = units_count(g, most, NULL);
	struct unit *unit = memory_zeroed(*units, sizeof *unit, err);
	if (unit != NULL)
		units_count(g, most, unit);
	return unit;
}
