// SPDX-License-Identifier: MIT
// Shows that strtol, strtod, strtold and friends set end pointers which are locals; the text is a
// local too.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static double
sum(const char *s, const char **rest)
{
	char *end;
	double t = 0;

	for (;;) {
		double v;
		errno = 0;
		v = strtod(s, &end);
		if (end == s)
			break;
		if (errno)
			printf("errno %s\n", errno == ERANGE ? "ERANGE" : "?");
		t += v;
		s = end + (*end == ',');
	}
	*rest = s;
	return t;
}

__attribute__((noinline)) static long
nest(const char *s, int depth)
{
	char copy[200], *end;
	const char *rest;
	long a, b = 0;

	strcpy(copy, s);
	a = strtol(copy, &end, 0);
	if (*end == ' ' && depth > 0)
		b = nest(end + 1, depth - 1);
	if (end - copy < 1 || copy[end - copy - 1] != s[end - copy - 1])
		printf("depth %d: end is wrong\n", depth);
	if (depth == 3) {
		double d = sum("1.5,2.5,-1e2,0x1p4,1e999x", &rest);
		printf("%g '%s'\n", d, rest);
	}
	return a * 3 + b;
}

int
main(void)
{
	char text[200] = "", *e1, *e2, *e3;
	unsigned long long u;
	long double ld;
	float f;

	for (int i = 0; i < 40; i++)
		sprintf(text + strlen(text), i % 3 ? "%d " : "0x%x ", i * 7);
	printf("%ld\n", nest(text, 100));
	u = strtoull("18446744073709551615zz", &e1, 10);
	ld = strtold("3.14159265358979323846 rest", &e2);
	f = strtof("-0.125f", &e3);
	printf("%llu %s %.18Lg%s %g %s\n", u, e1, ld, e2, f, e3);
	return 0;
}
