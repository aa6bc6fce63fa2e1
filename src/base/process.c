/* The program itself once more, as a process that may crash: it reads what others have made. */
#include <convoy/base.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INPUT, OUTPUT, TROUBLE }; /* its standard descriptors */

extern char **environ;

int process_start(int *process, char *const argv[], int input, int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	pid_t pid = -1;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	int failed = posix_spawn_file_actions_adddup2(&actions, input, INPUT);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(&actions, output, OUTPUT);
	if (failed == 0)
		failed = posix_spawn_file_actions_addopen(&actions, TROUBLE, "/dev/null", O_WRONLY, 0);
	if (failed == 0)
		failed = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	*process = pid;
	return failed;
}

bool process_give(const void *bytes, size_t count)
{
	const char *next = bytes;
	while (count > 0) {
		ssize_t put = write(OUTPUT, next, count);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		next += put;
		count -= (size_t)put;
	}
	return true;
}

bool process_take(int from, double until, void *bytes, size_t count)
{
	char *next = bytes;
	while (count > 0) {
		double left = until - clock_seconds();
		struct pollfd ready = {.fd = from, .events = POLLIN};
		int some = left > 0 ? poll(&ready, 1, (int)(left * 1000) + 1) : 0;
		ssize_t got = some > 0 ? read(from, next, count) : some;
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		next += got;
		count -= (size_t)got;
	}
	return true;
}

int process_end(int process, bool kill_it)
{
	int how = 0;
	if (kill_it)
		kill(process, SIGKILL);
	while (waitpid(process, &how, 0) < 0 && errno == EINTR)
		continue;
	return how;
}

void process_confine(void)
{
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){0, 0});
#if defined __SANITIZE_ADDRESS__ /* which takes terabytes of addresses */
#elif defined __clang__
#if !__has_feature(address_sanitizer)
#define LIMIT_ADDRESSES
#endif
#else
#define LIMIT_ADDRESSES
#endif
#ifdef LIMIT_ADDRESSES
	setrlimit(RLIMIT_AS, &(struct rlimit){(rlim_t)1 << 32, (rlim_t)1 << 32});
#endif
}
