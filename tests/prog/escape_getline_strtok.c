// SPDX-License-Identifier: MIT
// Shows that getline, getdelim, strtok_r, strsep and open_memstream keep their state in locals
// across nested use.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static int
split(char *s, const char *seps)
{
	char *save, *t;
	int n = 0;

	if (!*seps)
		return (int)strlen(s);
	char sep[2] = { *seps, 0 };
	for (t = strtok_r(s, sep, &save); t; t = strtok_r(NULL, sep, &save))
		n = n * 3 + split(t, seps + 1);
	return n;
}

__attribute__((noinline)) static unsigned
lines(FILE *f, int depth)
{
	char *line = NULL, *p, *w;
	size_t cap = 0;
	ssize_t n = getline(&line, &cap, f);
	unsigned h = 0, below = 0;

	if (n < 0) {
		free(line);
		return 1;
	}
	below = lines(f, depth + 1);
	p = line;
	while ((w = strsep(&p, " \n")))
		h = h * 31 + (unsigned)strlen(w);
	if ((size_t)n >= cap)
		printf("line %d: cap too small\n", depth);
	free(line);
	return below * 17 + h;
}

int
main(void)
{
	char text[] = "a=1,b=22;c=333,d;e,f=4444=5;;,,x", *buf = NULL;
	size_t len = 0;
	FILE *m;

	printf("%d\n", split(text, ";,="));
	m = open_memstream(&buf, &len);
	for (int i = 0; i < 400; i++)
		fprintf(m, "line %d has %*s words\n", i, i % 40 + 1, "many");
	fclose(m);
	m = fmemopen(buf, len, "r");
	printf("%zu %u\n", len, lines(m, 0));
	rewind(m);
	char *item = NULL;
	size_t cap = 0;
	int n = 0;
	while (getdelim(&item, &cap, 's', m) > 0)
		n++;
	printf("%d\n", n);
	free(item);
	fclose(m);
	free(buf);
	return 0;
}
