/* Folders of pictures for scripts that compare what is read of them. */
#include "picture/folder.h"

#include <convoy/picture.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void pnm_write(const char *path, const struct photo *photo)
{
	FILE *file = fopen(path, "wb");
	size_t plane = photo->rows * photo->columns;
	if (file == NULL)
		exit(1);
	fprintf(file, "P%d %zu %zu 255\n", photo->maps == 1 ? 5 : 6, photo->columns, photo->rows);
	for (size_t i = 0; i < plane; i++)
		for (size_t m = 0; m < photo->maps; m++)
			fputc(photo->sample[m * plane + i], file);
	fclose(file);
}

int folder_read(const char *folder, const char *ending)
{
	enum { LARGEST = 1 << 20 };
	static unsigned char byte[LARGEST];
	DIR *open = opendir(folder);
	for (struct dirent *entry; open != NULL && (entry = readdir(open)) != NULL;) {
		char path[1024];
		size_t length = strlen(entry->d_name), end = strlen(ending);
		if (length <= end || strcmp(entry->d_name + length - end, ending) != 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		FILE *file = fopen(path, "rb");
		if (file == NULL)
			return 1;
		size_t count = fread(byte, 1, LARGEST, file);
		fclose(file);
		for (size_t maps = 1; maps <= 3; maps += 2) {
			struct err err = {0};
			struct photo photo;
			int code = photo_decode(&photo, "x", byte, count, maps, (struct colour){0}, &err);
			strcpy(path + strlen(path) - 3, code != 0 ? "txt" : maps == 1 ? "pgm" : "ppm");
			if (code == 0)
				pnm_write(path, &photo);
			else if ((file = fopen(path, "w")) != NULL) {
				fprintf(file, "%s\n", err.text);
				fclose(file);
			}
			photo_free(&photo);
		}
	}
	if (open != NULL)
		closedir(open);
	return open != NULL ? 0 : 1;
}
