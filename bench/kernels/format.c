// SPDX-License-Identifier: MIT
//
// format.c - kernel: own printf-style formatting, a variadic function, into a buffer.

#include "kernel.h"
#include <stdarg.h>

typedef struct sink {
	char *buf;
	size_t used, size;
} sink;

static void
put(sink *s, char c)
{
	if (s->used < s->size)
		s->buf[s->used] = c;
	s->used++;
}

BENCH_NOINLINE static void
put_number(sink *s, uint64_t v, unsigned base, bool minus, int width, char fill)
{
	char digits[32];
	int n = 0;
	do
		digits[n++] = "0123456789abcdef"[v % base];
	while ((v /= base) != 0);
	if (minus)
		digits[n++] = '-';
	for (; width > n; width--)
		put(s, fill);
	while (n > 0)
		put(s, digits[--n]);
}

BENCH_NOINLINE static void
vformat(sink *s, const char *f, va_list ap)
{
	for (; *f != '\0'; f++) {
		if (*f != '%') {
			put(s, *f);
			continue;
		}
		int width = 0;
		char fill = *++f == '0' ? '0' : ' ';
		for (; *f >= '0' && *f <= '9'; f++)
			width = width * 10 + *f - '0';
		switch (*f) {
		case 'd': {
			int v = va_arg(ap, int);
			put_number(s, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0, width, fill);
			break;
		}
		case 'x':
			put_number(s, va_arg(ap, uint64_t), 16, false, width, fill);
			break;
		case 'f': {
			double v = va_arg(ap, double);
			put_number(s, (uint64_t)v, 10, false, width, fill);
			put(s, '.');
			put_number(s, (uint64_t)((v - (double)(uint64_t)v) * 1000), 10, false, 3, '0');
			break;
		}
		case 's':
			for (const char *t = va_arg(ap, const char *); *t != '\0'; t++, width--)
				put(s, *t);
			for (; width > 0; width--)
				put(s, ' ');
			break;
		default:
			put(s, *f);
		}
	}
}

BENCH_NOINLINE static size_t
format(char *buf, size_t size, const char *f, ...)
{
	sink s = {buf, 0, size};
	va_list ap;
	va_start(ap, f);
	vformat(&s, f, ap);
	va_end(ap);
	if (size > 0)
		buf[s.used < size ? s.used : size - 1] = '\0';
	return s.used;
}

static uint64_t
kernel(void)
{
	uint64_t sum = 1, seed = 3;
	for (int i = 0; i < 2000; i++) {
		char line[128];
		uint64_t r = bench_random(&seed);
		size_t n = format(line, sizeof line, "%5d %08x [%12s] %d.%d %f 100%%", i, r >> 32, i % 2 ? "goroutine" : "stack",
		                  (int)r % 1000, -i, (double)(r >> 44) / 64);
		for (size_t k = 0; k < n; k += 7)
			sum = kernel_mix(sum, (uint64_t)line[k]);
	}
	return sum;
}

KERNEL_MAIN("format")
