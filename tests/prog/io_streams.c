// SPDX-License-Identifier: MIT
// Shows that memstreams, fmemopen, setvbuf with a local buffer, ungetc, fseek, getline, getdelim,
// scanf and temporary files work.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static int
emit(FILE *f, int n)
{
	char local[30];
	snprintf(local, sizeof local, "<%d>", n);
	int r = n ? emit(f, n - 1) : 0;
	return r + fprintf(f, "%s%s", local, n % 10 ? "" : "\n");
}

static int
with_buffer(void)
{
	char buf[256];
	FILE *f = tmpfile();
	if (!f)
		return -1;
	setvbuf(f, buf, _IOFBF, sizeof buf);
	int n = emit(f, 150);
	rewind(f);
	char line[200];
	int lines = 0, sum = 0;
	while (fgets(line, sizeof line, f)) {
		lines++;
		sum += (int)strlen(line);
	}
	fseek(f, 3, SEEK_SET);
	int c = fgetc(f);
	ungetc('Z', f);
	int z = fgetc(f);
	printf("%d %d %d %c%c %ld\n", n == sum, lines, sum, c, z, ftell(f));
	fclose(f); // before buf goes
	return 0;
}

int
main(void)
{
	char *text = NULL;
	size_t len = 0;
	FILE *m = open_memstream(&text, &len);
	int n = emit(m, 200);
	fclose(m);
	printf("%d %zu %.12s\n", n, len, text);
	FILE *r = fmemopen(text, len, "r");
	char *line = NULL;
	size_t cap = 0;
	ssize_t got;
	int lines = 0;
	long total = 0;
	while ((got = getline(&line, &cap, r)) > 0) {
		int a, b;
		lines++;
		if (sscanf(line, "<%d><%d>", &a, &b) == 2)
			total += a * 2 + b;
	}
	fclose(r);
	printf("%d lines %ld\n", lines, total);
	free(line);
	free(text);
	if (with_buffer())
		return 1;
	char w1[10], w2[10], cs[10], ch;
	int i, off;
	unsigned x;
	double d;
	float fl;
	long double ld;
	short h;
	n = sscanf("12 0xff 3.5 2.25 1e3 word abc123 -7 Q", "%d %x %lf %f %Lf %9s %9[a-z]%n%*d %hd %c", &i, &x, &d, &fl, &ld, w1, cs, &off, &h, &ch);
	printf("%d: %d %u %g %g %Lg %s %s %d %d %c\n", n, i, x, d, fl, ld, w1, cs, off, h, ch);
	char *pm = NULL;
	n = sscanf("allocated text", "%ms %9s", &pm, w2);
	printf("%d %s %s\n", n, pm, w2);
	free(pm);
	char *ap;
	n = asprintf(&ap, "%d-%s-%g", 1, "two", 3.5);
	printf("%d %s\n", n, ap);
	free(ap);
	return 0;
}
