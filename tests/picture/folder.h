/* Folders of pictures for scripts that compare what is read of them. */
#ifndef TESTS_PICTURE_FOLDER_H
#define TESTS_PICTURE_FOLDER_H

/* Reads each file of a folder whose name ends so (".jpg"), and writes NAME.ppm and NAME.pgm beside it, or NAME.txt with the
 * error. Returns the exit status. */
int folder_read(const char *folder, const char *ending);

#endif
