// SPDX-License-Identifier: MIT

#include <immintrin.h>
#include <stdarg.h>
#include <string.h>

double
foreign(int n, ...)
{
	char big[20000];
	va_list ap;
	memset(big, n, sizeof big);
	va_start(ap, n);
	double s = big[5] - n;
	for (int i = 0; i < n; i++) {
		__m256d v = va_arg(ap, __m256d);
		for (int k = 0; k < 4; k++)
			s = s * 3 + v[k];
		s += va_arg(ap, int);
	}
	va_end(ap);
	return s;
}
