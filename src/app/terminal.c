/* Who watches: a terminal, or a file. */
#include "app.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* The launcher's own standard output, where it started this rank itself and the system shows it. */
static bool launcher_is_watched(void)
{
	enum { TTY_MAJOR_LEAST = 136, TTY_MAJOR_MOST = 143, CONSOLE_MAJOR = 4 };
	char path[64];
	struct stat out;
	snprintf(path, sizeof path, "/proc/%d/fd/1", (int)getppid());
	if (stat(path, &out) != 0 || !S_ISCHR(out.st_mode))
		return false;
	unsigned kind = major(out.st_rdev);
	return (kind >= TTY_MAJOR_LEAST && kind <= TTY_MAJOR_MOST) || kind == CONSOLE_MAJOR;
}

bool terminal_is_watched(void)
{
	if (!isatty(STDOUT_FILENO))
		return false;
	bool launched = getenv("OMPI_COMM_WORLD_RANK") != NULL || getenv("PMIX_RANK") != NULL;
	return !launched || launcher_is_watched();
}

int terminal_columns(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		return size.ws_col;
	return 80;
}
