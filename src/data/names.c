/* What a data set calls its classes. */
#include <convoy/data.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool class_names_are_numbers(const struct class_names *names)
{
	for (size_t k = 0; k < names->count; k++) {
		char number[24];
		snprintf(number, sizeof number, "%zu", k);
		if (strcmp(names->name[k], number) != 0)
			return false;
	}
	return true;
}

size_t class_names_differ(const struct class_names *one, const struct class_names *other)
{
	size_t k = 0;
	while (k < one->count && k < other->count && strcmp(one->name[k], other->name[k]) == 0)
		k++;
	return k;
}

size_t class_names_find(const struct class_names *names, const char *name)
{
	size_t at = names->count, found = 0;
	for (size_t k = 0; k < names->count; k++)
		if (strcmp(names->name[k], name) == 0) {
			at = k;
			found++;
		}
	return found == 1 ? at : names->count;
}

/* FNV-1a. */
static uint64_t name_hash(const char *name)
{
	uint64_t hash = 0xcbf29ce484222325;
	for (; *name != 0; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3;
	return hash ^ hash >> 32;
}

/* Where a table of names has a name, or room for it. A place holds the number of a class plus one; 0: none. */
static size_t name_place(const struct class_names *names, const uint32_t *table, size_t places, const char *name)
{
	size_t at = name_hash(name) % places;
	while (table[at] != 0 && strcmp(names->name[table[at] - 1], name) != 0)
		at = (at + 1) % places;
	return at;
}

bool class_names_twice(const struct class_names *names, size_t *class)
{
	struct err unheard = {0};
	size_t places = 2 * names->count + 1;
	uint32_t *table = memory_zeroed(places, sizeof *table, &unheard);
	bool twice = false;
	for (*class = 0; *class < names->count; ++*class) {
		const char *name = names->name[*class];
		size_t at = table != NULL ? name_place(names, table, places, name) : 0;
		for (size_t k = 0; table == NULL && !twice && k < *class; k++)
			twice = strcmp(names->name[k], name) == 0;
		twice = twice || (table != NULL && table[at] != 0);
		if (twice)
			break;
		if (table != NULL)
			table[at] = (uint32_t)*class + 1;
	}
	free(table);
	return twice;
}

/* Bytes of the first character of a text, with bytes that belong to none; 0 at its end. */
static size_t character_length(const char *text)
{
	size_t length = *text != 0;
	while (length > 0 && !text_begins(text[length]))
		length++;
	return length;
}

/* Bytes of the accents that a text begins with: U+0300 … U+036F, and the kana's U+3099, U+309A. */
static size_t accents_length(const char *text)
{
	size_t length = 0;
	for (;;) {
		const unsigned char *at = (const unsigned char *)text + length;
		if ((at[0] == 0xcc && at[1] >= 0x80) || (at[0] == 0xcd && at[1] >= 0x80 && at[1] < 0xb0))
			length += character_length(text + length);
		else if (at[0] == 0xe3 && at[1] == 0x82 && (at[2] == 0x99 || at[2] == 0x9a))
			length += 3;
		else
			return length;
	}
}

/* Bytes of a letter that accents follow, with them; 0 where `text` begins with anything else. */
static size_t accented_length(const char *text)
{
	size_t letter = character_length(text), accents = letter > 0 ? accents_length(text + letter) : 0;
	return accents > 0 ? letter + accents : 0;
}

bool class_name_alike(const char *one, const char *other)
{
	bool differ = false;
	while (*one != 0 && *other != 0) {
		size_t a = character_length(one), b = character_length(other);
		size_t wide_a = accented_length(one), wide_b = accented_length(other);
		if (wide_a > 0 && wide_b == 0 && (unsigned char)*other >= 0xc3) {
			a = wide_a;
			differ = true;
		} else if (wide_b > 0 && wide_a == 0 && (unsigned char)*one >= 0xc3) {
			b = wide_b;
			differ = true;
		} else if (a != b || memcmp(one, other, a) != 0) {
			return false;
		}
		one += a;
		other += b;
	}
	return differ && *one == *other;
}

/* Returns whether a name is written in ASCII, so that no other one can look like it. */
static bool name_plain(const char *name)
{
	while (*name != 0 && (unsigned char)*name < 0x80)
		name++;
	return *name == 0;
}

bool class_names_alike(const struct class_names *names, size_t *one, size_t *other)
{
	for (*other = 1; *other < names->count; ++*other)
		for (*one = 0; !name_plain(names->name[*other]) && *one < *other; ++*one)
			if (class_name_alike(names->name[*one], names->name[*other]))
				return true;
	return false;
}

/* The bytes that are left of a name. */
static size_t cut_bytes(const char *name, size_t columns, size_t room)
{
	size_t bytes = text_head(name, columns);
	return bytes < room ? bytes : text_whole(name, room - 1);
}

const char *class_names_cut(const struct class_names *names, size_t class, size_t columns, char *text, size_t room)
{
	const char *name = names->name[class];
	size_t bytes = cut_bytes(name, columns, room);
	bool twin = false;
	for (size_t k = 0; k < names->count; k++)
		twin = twin || (k != class && strncmp(names->name[k], name, bytes) == 0 &&
		                cut_bytes(names->name[k], columns, room) == bytes);
	size_t used = twin ? (size_t)snprintf(text, columns < room ? columns + 1 : room, "%zu: ", class) : 0;
	used = used < columns ? used : columns;
	used = used < room ? used : room - 1;
	size_t left = columns > used ? cut_bytes(name, columns - used, room - used) : 0;
	memcpy(text + used, name, left);
	text[used + left] = 0;
	return text;
}

/* Returns whether a name of `file` is that of another class of `own`. */
static bool names_cross(const struct class_names *file, const struct class_names *own)
{
	for (size_t k = 0; k < file->count; k++)
		for (size_t j = 0; j < own->count; j++)
			if (j != k && strcmp(file->name[k], own->name[j]) == 0)
				return true;
	return false;
}

bool class_names_count(const struct class_names *file, const struct class_names *own)
{
	bool numbers = class_names_are_numbers(file);
	if (own->count == 0)
		return !numbers;
	return (!numbers && !class_names_are_numbers(own)) || names_cross(file, own);
}

int class_names_copy(struct class_names *out, size_t count, const char *const *name, struct err *err)
{
	size_t bytes = count * sizeof *out->name;
	for (size_t k = 0; k < count; k++)
		bytes += strlen(name[k]) + 1;
	char **copy = memory_zeroed(bytes, 1, err);
	if (copy == NULL)
		return -1;
	char *at = (char *)(copy + count);
	for (size_t k = 0; k < count; k++) {
		copy[k] = strcpy(at, name[k]);
		at += strlen(at) + 1;
	}
	*out = (struct class_names){count, copy};
	return 0;
}

void class_names_free(struct class_names *names)
{
	free(names->name);
	*names = (struct class_names){0};
}
