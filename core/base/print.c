// SPDX-License-Identifier: MIT
//
// print.c - formatted output, and the buffer of a report (print.h).

#include "core/base/print.h"

#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "core/base/os.h"

#define REPORT (64u << 10) // bytes buffered

// The destination of formatted text. If it is full, it is written out; without a file, the text is
// dropped.
typedef struct out {
	char *buf;
	size_t n, size;
	int fd; // -1: none
	int err;
} out;

static char reportbuf[REPORT];
static out reportout = {.buf = reportbuf, .size = REPORT};
static _Atomic uintptr_t reporter; // the thread whose report is in progress, see self

// self names the calling thread: the address of its control block.
static uintptr_t
self(void)
{
	return (uintptr_t)__builtin_thread_pointer();
}

// drain writes out the first n bytes. The rest moves to the front.
static void
drain(out *o, size_t n)
{
	int rc = oswrite(o->fd, o->buf, n);
	if (rc < 0)
		o->err = rc;
	memmove(o->buf, o->buf + n, o->n - n);
	o->n -= n;
}

static void
put(out *o, const char *s, size_t n)
{
	while (n > 0) {
		size_t k = o->size - o->n;
		if (k > n)
			k = n;
		memcpy(o->buf + o->n, s, k);
		o->n += k;
		s += k;
		n -= k;
		if (o->n < o->size)
			continue;
		if (o->fd < 0)
			return;
		size_t lines = o->n;
		while (lines > 0 && o->buf[lines - 1] != '\n')
			lines--;
		drain(o, lines ? lines : o->n);
	}
}

static void
pad(out *o, size_t width, size_t n, char c)
{
	for (; n < width; n++)
		put(o, &c, 1);
}

static void
number(out *o, uint64_t v, unsigned base, size_t width, char fill, const char *sign)
{
	char buf[24], *p = buf + sizeof buf;
	size_t nsign = strlen(sign);
	do
		*--p = "0123456789abcdef"[v % base];
	while ((v /= base) != 0);
	size_t n = (size_t)(buf + sizeof buf - p) + nsign;
	if (fill == ' ')
		pad(o, width, n, ' ');
	put(o, sign, nsign);
	if (fill == '0')
		pad(o, width, n, '0');
	put(o, p, n - nsign);
}

static void
format(out *o, const char *fmt, va_list ap)
{
	for (;;) {
		const char *s = strchr(fmt, '%');
		put(o, fmt, s ? (size_t)(s - fmt) : strlen(fmt));
		if (!s)
			return;
		fmt = s + 1;
		char fill = *fmt == '0' ? '0' : ' ';
		size_t width = 0;
		bool wide = false;
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + (size_t)(*fmt - '0');
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			wide = true;
		switch (*fmt++) {
		case 'd': {
			int64_t v = wide ? va_arg(ap, long) : va_arg(ap, int);
			number(o, v < 0 ? -(uint64_t)v : (uint64_t)v, 10, width, fill, v < 0 ? "-" : "");
			break;
		}
		case 'u':
			number(o, wide ? va_arg(ap, unsigned long) : va_arg(ap, unsigned), 10, width, fill, "");
			break;
		case 'x':
			number(o, wide ? va_arg(ap, unsigned long) : va_arg(ap, unsigned), 16, width, fill, "");
			break;
		case 'p':
			number(o, (uintptr_t)va_arg(ap, void *), 16, width, fill, "0x");
			break;
		case 's': {
			const char *v = va_arg(ap, const char *);
			if (!v)
				v = "(null)";
			size_t n = strlen(v);
			pad(o, width, n, ' ');
			put(o, v, n);
			break;
		}
		case 'c': {
			char c = (char)va_arg(ap, int);
			put(o, &c, 1);
			break;
		}
		case '%':
			put(o, "%", 1);
			break;
		default: // unknown: printed as it is; the arguments behind it are lost
			put(o, s, strlen(s));
			return;
		}
	}
}

static bool
reporting(void)
{
	return atomic_load_explicit(&reporter, memory_order_relaxed) == self();
}

void
print(const char *fmt, ...)
{
	char buf[512];
	out line = {.buf = buf, .size = sizeof buf, .fd = 2};
	out *o = reporting() ? &reportout : &line;
	va_list ap;
	va_start(ap, fmt);
	format(o, fmt, ap);
	va_end(ap);
	if (o == &line)
		drain(o, o->n);
}

void
printn(const char *s, size_t n)
{
	if (reporting())
		put(&reportout, s, n);
	else
		oswrite(2, s, n);
}

size_t
printto(char *buf, size_t size, const char *fmt, ...)
{
	out o = {.buf = buf, .size = size, .fd = -1};
	va_list ap;
	if (size == 0)
		return 0;
	va_start(ap, fmt);
	format(&o, fmt, ap);
	va_end(ap);
	return o.n;
}

bool
printbegin(int fd)
{
	for (;;) {
		uintptr_t none = 0;
		if (atomic_compare_exchange_strong_explicit(
			    &reporter, &none, self(), memory_order_acquire, memory_order_relaxed))
			break;
		if (none == self())
			return false;
		poll(NULL, 0, 1); // mostly the process ends meanwhile
	}
	reportout.n = 0;
	reportout.err = 0;
	reportout.fd = fd;
	return true;
}

void
printflush(void)
{
	drain(&reportout, reportout.n);
}

int
printend(void)
{
	printflush();
	int err = reportout.err;
	atomic_store_explicit(&reporter, 0, memory_order_release);
	return err;
}

void
printforked(void)
{
	if (!reporting())
		atomic_store(&reporter, 0);
}
