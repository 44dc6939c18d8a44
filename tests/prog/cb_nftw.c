// SPDX-License-Identifier: MIT
// Shows that nftw, ftw, scandir and glob call back with right arguments while the callbacks use
// buffers of their own.
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int files, dirs, levels;
static long bytes;

static int
visit(const char *path, const struct stat *st, int type, struct FTW *f)
{
	char copy[512];
	snprintf(copy, sizeof copy, "%s", path + f->base);
	if (type == FTW_F) {
		files++;
		bytes += st->st_size;
		if (strncmp(copy, "file", 4))
			return 1;
	} else {
		dirs++;
	}
	if (f->level > levels)
		levels = f->level;
	return 0;
}

static int
visit1(const char *path, const struct stat *st, int type)
{
	struct stat again;
	return type == FTW_F && (stat(path, &again) || again.st_size != st->st_size);
}

static int
only_b(const struct dirent *d)
{
	char b[300];
	strcpy(b, d->d_name);
	return strchr(b, 'b') != NULL;
}

static int
reversed(const struct dirent **a, const struct dirent **b)
{
	char x[300], y[300];
	strcpy(x, (*a)->d_name);
	strcpy(y, (*b)->d_name);
	return strcmp(y, x);
}

static int
on_error(const char *path, int err)
{
	char b[300];
	snprintf(b, sizeof b, "%s", path);
	return err == 0;
}

static int
remove_it(const char *path, const struct stat *st, int type, struct FTW *f)
{
	(void)st, (void)type, (void)f;
	return remove(path);
}

int
main(void)
{
	char top[] = "/tmp/nftw-prog-XXXXXX", path[200];
	if (!mkdtemp(top))
		return 1;
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s/sub%d", top, i);
		mkdir(path, 0700);
		for (int k = 0; k < 5; k++) {
			snprintf(path, sizeof path, "%s/sub%d/file%c%d", top, i, 'a' + k % 2, k);
			int fd = open(path, O_CREAT | O_WRONLY, 0600);
			if (fd < 0 || write(fd, path, (size_t)(k + i)) != k + i)
				return 2;
			close(fd);
		}
	}
	int r = nftw(top, visit, 3, FTW_PHYS);
	printf("%d files %d dirs %d bytes %ld levels %d\n", r, files, dirs, bytes, levels);
	printf("ftw %d\n", ftw(top, visit1, 4));
	snprintf(path, sizeof path, "%s/sub2", top);
	struct dirent **list;
	int n = scandir(path, &list, only_b, reversed);
	for (int i = 0; i < n; i++) {
		printf("%s ", list[i]->d_name);
		free(list[i]);
	}
	free(list);
	puts("");
	glob_t g;
	snprintf(path, sizeof path, "%s/*/filea*", top);
	r = glob(path, GLOB_ERR, on_error, &g);
	printf("glob %d %zu\n", r, g.gl_pathc);
	globfree(&g);
	printf("removed %d\n", nftw(top, remove_it, 8, FTW_DEPTH | FTW_PHYS));
	return 0;
}
