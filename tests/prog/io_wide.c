// SPDX-License-Identifier: MIT
// Shows that wprintf, fgetws and vswprintf work on a wide-oriented stdout, with variadic wrappers.
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <wchar.h>

__attribute__((noinline)) static int
say(int depth, const wchar_t *fmt, ...)
{
	wchar_t b[100];
	va_list ap;
	va_start(ap, fmt);
	int n = vswprintf(b, 100, fmt, ap);
	va_end(ap);
	if (depth)
		return say(depth - 1, L"%ls.%d", b, depth % 10);
	return wprintf(L"%ls|%d\n", b, n);
}

int
main(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	int n = say(0, L"%d %s %g %lc %ls", 1, "two", 3.5, L'\u20ac', L"w\u00e4hr");
	n += say(20, L"start");
	wchar_t line[50];
	FILE *f = tmpfile();
	fputws(L"one \u03b1\ntwo \u03b2\n", f);
	rewind(f);
	while (fgetws(line, 50, f))
		n += wprintf(L"got %ls", line);
	fclose(f);
	int a;
	double d;
	n += swscanf(L"12 3.5", L"%d %lf", &a, &d);
	wprintf(L"%d %d %g\n", n, a, d);
	return 0;
}
