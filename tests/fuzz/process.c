/* A process whose output is the file "fuzz/answer", for the target that needs one; where none is expected, it is one of
 * the sanitizers', which has its way. */
#include "files.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <sys/wait.h>

enum { NOBODY = 1 << 30 }; /* no process has that number */

static unsigned expected;

void process_expect(void)
{
	expected = 1;
}

int __real_pipe(int ends[2]);
int __real_fcntl(int file, int command, ...);
int __real_poll(struct pollfd *ready, nfds_t count, int milliseconds);
pid_t __real_waitpid(pid_t pid, int *how, int options);
int __real_kill(pid_t pid, int number);

int __wrap_pipe(int ends[2]);
int __wrap_fcntl(int file, int command, ...);
int __wrap_poll(struct pollfd *ready, nfds_t count, int milliseconds);
int __wrap_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const environment[]);
pid_t __wrap_waitpid(pid_t pid, int *how, int options);
int __wrap_kill(pid_t pid, int number);

int __wrap_pipe(int ends[2])
{
	if (expected == 0)
		return __real_pipe(ends);
	expected = 0;
	ends[0] = open("fuzz/answer", O_RDONLY);
	ends[1] = open("fuzz/answer", O_RDONLY);
	return ends[0] < 0 ? -1 : 0;
}

int __wrap_fcntl(int file, int command, ...)
{
	va_list list;
	va_start(list, command);
	long word = va_arg(list, long);
	va_end(list);
	return file >= FILES_FIRST ? 0 : __real_fcntl(file, command, word);
}

int __wrap_poll(struct pollfd *ready, nfds_t count, int milliseconds)
{
	return ready->fd >= FILES_FIRST ? (int)count : __real_poll(ready, count, milliseconds);
}

int __wrap_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to)
{
	(void)actions, (void)from, (void)to;
	return 0;
}

int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const environment[])
{
	(void)path, (void)actions, (void)attributes, (void)argv, (void)environment;
	*pid = NOBODY;
	return 0;
}

pid_t __wrap_waitpid(pid_t pid, int *how, int options)
{
	if (pid != NOBODY)
		return __real_waitpid(pid, how, options);
	*how = 0;
	return pid;
}

int __wrap_kill(pid_t pid, int number)
{
	return pid == NOBODY ? 0 : __real_kill(pid, number);
}
