// SPDX-License-Identifier: MIT
// Shows that a variadic function reads every type that may be passed, by a format, far past the
// registers, at every depth.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct s4 { int a; };
struct s12 { float a, b; int c; };
struct s16 { long a; double b; };
struct s40 { long v[5]; };
struct al { _Alignas(32) int v[8]; };

__attribute__((noinline)) static double
sum(const char *fmt, ...)
{
	va_list ap;
	double t = 0;

	va_start(ap, fmt);
	for (; *fmt; fmt++)
		switch (*fmt) {
		case 'i': t = t * 0.5 + va_arg(ap, int); break;
		case 'u': t = t * 0.5 + va_arg(ap, unsigned); break;
		case 'l': t = t * 0.5 + (double)va_arg(ap, long); break;
		case 'd': t = t * 0.5 + va_arg(ap, double); break;
		case 'L': t = t * 0.5 + (double)va_arg(ap, long double); break;
		case 's': t = t * 0.5 + (double)strlen(va_arg(ap, char *)); break;
		case 'p': t = t * 0.5 + *va_arg(ap, int *); break;
		case '1': t = t * 0.5 + va_arg(ap, struct s4).a; break;
		case '2': {
			struct s12 s = va_arg(ap, struct s12);
			t = t * 0.5 + s.a + s.b + s.c;
			break;
		}
		case '3': {
			struct s16 s = va_arg(ap, struct s16);
			t = t * 0.5 + (double)s.a + s.b;
			break;
		}
		case '4': {
			struct s40 s = va_arg(ap, struct s40);
			t = t * 0.5 + (double)(s.v[0] + s.v[4]);
			break;
		}
		case '5': {
			struct al s = va_arg(ap, struct al);
			t = t * 0.5 + s.v[0] + s.v[7];
			break;
		}
		}
	va_end(ap);
	return t;
}

__attribute__((noinline)) static double
deep(int n)
{
	int x = n;
	struct s4 a = { n };
	struct s12 b = { (float)n, 0.5f, n + 1 };
	struct s16 c = { n, 1.25 };
	struct s40 d = { { n, 2, 3, 4, 5 } };
	struct al e = { { 1, 2, 3, 4, 5, 6, 7, n } };
	double r = n > 0 ? deep(n - 1) : 0;

	r = r * 0.5 + sum("iuldLsp", n, 2u, 3L, 4.5, 5.5L, "six", &x);
	r += sum("iiiiiiiiiidddddddddd", 1, 2, 3, 4, 5, 6, 7, 8, 9, n, 1., 2., 3., 4., 5., 6., 7., 8., 9., n / 2.);
	r += sum("1i2d3L4i", a, 1, b, 2.0, c, 3.0L, d, 4);
	r += sum("5idL45", e, n, 1.5, 2.5L, d, e);
	r += sum("");
	r += sum("3333333322222222", c, c, c, c, c, c, c, c, b, b, b, b, b, b, b, b);
	r += sum("LiLdLlL", 1.L, 2, 3.L, 4., 5.L, 6L, (long double)n);
	return r;
}

int
main(void)
{
	for (int d = 0; d <= 500; d = d * 2 + 1)
		printf("%d %.10g\n", d, deep(d));
	return 0;
}
