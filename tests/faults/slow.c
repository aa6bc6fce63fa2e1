/* Preloaded: a disk that takes SLOW_SECONDS to flush a file (not a directory), from the SLOW_FROM-th file on.
 * The file SLOW_MARK exists while it does so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int fsync(int file);

int fsync(int file)
{
	static int files;
	int (*next)(int);
	*(void **)&next = dlsym(RTLD_NEXT, "fsync");
	const char *seconds = getenv("SLOW_SECONDS"), *from = getenv("SLOW_FROM"), *mark = getenv("SLOW_MARK");
	struct stat info;
	if (seconds != NULL && fstat(file, &info) == 0 && S_ISREG(info.st_mode) && ++files >= (from ? atoi(from) : 1)) {
		double time = atof(seconds);
		struct timespec left = {(time_t)time, (long)((time - (double)(time_t)time) * 1e9)};
		int made = mark != NULL ? open(mark, O_CREAT | O_WRONLY, 0600) : -1;
		while (nanosleep(&left, &left) != 0) /* a signal does not make a disk faster */
			;
		if (made >= 0) {
			close(made);
			unlink(mark);
		}
	}
	return next(file);
}
