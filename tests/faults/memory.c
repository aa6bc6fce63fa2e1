/* Preloaded into convoy: makes an allocation fail.
 *
 *   FAULT_MEMORY  convoy: counts what convoy's own code asks for; otherwise part of the name of the library meant
 *   FAULT_AT      number of the allocation that fails (from 1)
 *   FAULT_ON      set: all from then on fail
 *   FAULT_LOG     a file that gets their number at the end */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t count);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t count);
void *__libc_memalign(size_t alignment, size_t count);

static struct {
	bool active, on;
	unsigned long at, count;
	uintptr_t begin, end; /* the code that is meant */
} fault;

/* The first object is the program, and has no name. */
static int code_find(struct dl_phdr_info *object, size_t size, void *context)
{
	const char *wanted = context;
	(void)size;
	if (strcmp(wanted, "convoy") != 0 && strstr(object->dlpi_name, wanted) == NULL)
		return 0;
	for (size_t i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_LOAD && (object->dlpi_phdr[i].p_flags & PF_X) != 0) {
			fault.begin = object->dlpi_addr + object->dlpi_phdr[i].p_vaddr;
			fault.end = fault.begin + object->dlpi_phdr[i].p_memsz;
		}
	return 1;
}

__attribute__((constructor)) static void fault_open(void)
{
	char *what = getenv("FAULT_MEMORY");
	const char *at = getenv("FAULT_AT");
	const char *name = strrchr(program_invocation_name, '/');
	if (what == NULL || name == NULL || strcmp(name, "/convoy") != 0) /* timeout and its kin are not meant */
		return;
	dl_iterate_phdr(code_find, what);
	fault.at = at != NULL ? strtoul(at, NULL, 10) : 0;
	fault.on = getenv("FAULT_ON") != NULL;
	fault.active = true;
}

__attribute__((destructor)) static void fault_close(void)
{
	const char *path = getenv("FAULT_LOG");
	char text[32];
	if (!fault.active || path == NULL)
		return;
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int length = snprintf(text, sizeof text, "%lu\n", fault.count);
	if (file < 0 || write(file, text, (size_t)length) != length)
		_exit(1);
	close(file);
}

static bool strike(const void *caller)
{
	if (!fault.active || (uintptr_t)caller < fault.begin || (uintptr_t)caller >= fault.end)
		return false;
	unsigned long number = ++fault.count;
	if (fault.at == 0 || (fault.on ? number < fault.at : number != fault.at))
		return false;
	errno = ENOMEM;
	return true;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t count)
{
	return strike(CALLER) ? NULL : __libc_malloc(count);
}

void *calloc(size_t count, size_t size)
{
	return strike(CALLER) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t count)
{
	return strike(CALLER) ? NULL : __libc_realloc(old, count);
}

void *aligned_alloc(size_t alignment, size_t count)
{
	return strike(CALLER) ? NULL : __libc_memalign(alignment, count);
}

int posix_memalign(void **out, size_t alignment, size_t count)
{
	if (strike(CALLER))
		return ENOMEM;
	*out = __libc_memalign(alignment, count);
	return *out != NULL ? 0 : ENOMEM;
}

char *strdup(const char *text)
{
	size_t count = strlen(text) + 1;
	char *copy = strike(CALLER) ? NULL : __libc_malloc(count);
	return copy != NULL ? memcpy(copy, text, count) : NULL;
}
