// SPDX-License-Identifier: MIT
// Shows that sscanf, vsscanf and fscanf write through up to fourteen pointers to locals, at every
// depth of a recursion.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static int
scan(const char *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsscanf(s, fmt, ap);
	va_end(ap);
	return n;
}

__attribute__((noinline)) static unsigned
deep(int depth)
{
	char c, word[12], set[8], text[96];
	short h;
	int i, pos, n;
	long l;
	unsigned u, x;
	unsigned long long ll;
	float f;
	double d;
	long double ld;
	signed char hh;

	snprintf(text, sizeof text, "%d %d %d %x %o %llu %.2f %.3f %.1Lf z%s abc%d",
	    depth - 7, depth % 100, depth * 3, depth + 255, depth + 8, 1ull << (depth % 60), depth / 4.0,
	    depth / 8.0, (long double)depth / 2, "word", depth % 10);
	n = (depth & 1 ? scan : sscanf)(text, "%hd %hhd %ld %x %o %llu %f %lf %Lf %c%11s %7[a-c]%d%n",
	    &h, &hh, &l, &x, &u, &ll, &f, &d, &ld, &c, word, set, &i, &pos);
	if (n != 13 || pos != (int)strlen(text) || h != depth - 7 || hh != depth % 100 || l != depth * 3
	    || x != (unsigned)depth + 255 || u != (unsigned)depth + 8 || ll != 1ull << (depth % 60)
	    || c != 'z' || strcmp(word, "word") || strcmp(set, "abc") || i != depth % 10)
		printf("depth %d: %d '%s' %hd %d %ld\n", depth, n, text, h, hh, l);
	unsigned r = depth ? deep(depth - 1) : 0;
	if (strcmp(word, "word") || l != depth * 3 || ld != (long double)depth / 2)
		printf("depth %d changed\n", depth);
	return r * 3 + x + u + (unsigned)(f * 4) + (unsigned)(d * 8) + (unsigned)(ld * 2);
}

int
main(void)
{
	FILE *t = tmpfile();
	int a = 0, b = 0;
	char s[20] = "";

	printf("%u\n", deep(400));
	if (!t)
		return 1;
	fputs("10 20 thirty\n-1 0x1f end\n", t);
	rewind(t);
	while (fscanf(t, "%d %i %19s", &a, &b, s) == 3)
		printf("%d %d %s\n", a, b, s);
	fclose(t);
	return 0;
}
