/* A process that a sweep starts: it gets the signals of this one, and what it says on stderr is read along. */
#include <config.h>
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- Signals ----------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t stop_wanted, save_wanted; /* how often; whether */

static void on_signal(int number)
{
	if (number == SIGUSR2)
		save_wanted = 1;
	else if (number != SIGCHLD)
		stop_wanted++;
}

void signals_hold(struct signals *s)
{
	static const int all[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD};
	struct sigaction action = {.sa_handler = on_signal}, earlier;
	sigset_t held;
	sigemptyset(&action.sa_mask);
	sigemptyset(&held);
	sigemptyset(&s->defaults);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		bool nohup = all[i] == SIGHUP && sigaction(SIGHUP, NULL, &earlier) == 0 && earlier.sa_handler == SIG_IGN;
		if (nohup)
			continue;
		sigaction(all[i], &action, NULL);
		sigaddset(&held, all[i]);
		sigaddset(&s->defaults, all[i]);
	}
	signal(SIGPIPE, SIG_IGN); /* who reads the output has gone: the training ends with a checkpoint */
	sigaddset(&s->defaults, SIGPIPE);
	sigprocmask(SIG_BLOCK, &held, &s->open);
}

bool signals_stop(const struct signals *s)
{
	sigset_t held;
	sigprocmask(SIG_SETMASK, &s->open, &held);
	sigprocmask(SIG_SETMASK, &held, NULL);
	return stop_wanted;
}

/* ---- The process ------------------------------------------------------------------------------------------------- */

/* Starts the process in a group of its own: Ctrl-C reaches this one alone, which then tells it to stop. What it says on
 * stderr comes through *from. */
static int child_start(char *const *word, const struct signals *s, pid_t *child, int *from, struct err *err)
{
	int ends[2];
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(err, EX_OSERR, "no pipe: %s", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&attributes, &s->open);
	posix_spawnattr_setsigdefault(&attributes, &s->defaults);
	posix_spawnattr_setpgroup(&attributes, 0);
	int failed = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (failed == 0)
		failed = posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
	if (failed == 0)
		failed = posix_spawnp(child, word[0], &actions, &attributes, word, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(ends[1]);
	*from = ends[0];
	if (failed == 0)
		return 0;
	close(ends[0]);
	return err_set(err, EX_UNAVAILABLE, "%s: cannot be started: %s", word[0], strerror(failed));
}

/* The last line of convoy's on stderr, and the line that is being written. */
struct said {
	char *last, line[CHILD_LINE];
	size_t used;
};

static void said_take(struct said *s, const char *bytes, size_t count)
{
	static const char ours[] = "convoy: ";
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] != '\n') {
			s->used += s->used + 1 < sizeof s->line;
			s->line[s->used - 1] = bytes[i];
			continue;
		}
		s->line[s->used] = 0;
		s->line[text_whole(s->line, s->used)] = 0;
		if (strncmp(s->line, ours, strlen(ours)) == 0)
			snprintf(s->last, CHILD_LINE, "%s", s->line + strlen(ours));
		s->used = 0;
	}
}

/* Passes on what has been said. Returns false when all who could say something have ended. */
static bool said_pass(struct said *s, int from)
{
	char bytes[4096];
	ssize_t got = read(from, bytes, sizeof bytes);
	if (got <= 0)
		return got < 0 && errno == EINTR;
	said_take(s, bytes, (size_t)got);
	fwrite(bytes, 1, (size_t)got, stderr);
	return true;
}

/* Waits for its end, and returns its exit status. */
static int child_wait(pid_t child, int from, const struct signals *s, struct said *said)
{
	int how = 0, asked = 0;
	bool ended = false, open = true;
	while (!ended || open) {
		if (save_wanted && !ended)
			kill(child, SIGUSR2);
		save_wanted = 0;
		for (; asked < stop_wanted && !ended; asked++)
			kill(child, asked == 0 ? SIGUSR1 : SIGINT);
		ended = ended || waitpid(child, &how, WNOHANG) == child;
		/* What others of its kin may say later is not waited for. */
		struct pollfd ready = {.fd = open ? from : -1, .events = POLLIN};
		int some = ppoll(&ready, 1, ended ? &(struct timespec){0} : NULL, &s->open);
		if (some > 0)
			open = said_pass(said, from);
		else if (ended && some == 0)
			break;
	}
	return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}

int child_run(char *const *word, const struct signals *s, int *status, char last[CHILD_LINE], struct err *err)
{
	struct said said = {.last = last};
	pid_t child;
	int from;
	last[0] = 0;
	if (child_start(word, s, &child, &from, err) != 0)
		return -1;
	*status = child_wait(child, from, s, &said);
	close(from);
	return 0;
}
