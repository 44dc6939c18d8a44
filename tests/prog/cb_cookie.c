// SPDX-License-Identifier: MIT
// Shows that a stdio stream made by fopencookie calls instrumented read, write, seek and close
// functions.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mem { char data[1000]; size_t len, pos; int writes, closed; };

__attribute__((noinline)) static int
spin(int n)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? spin(n - 1) + (p[39] == (char)n) : 0;
}

static ssize_t
mwrite(void *c, const char *b, size_t n)
{
	struct mem *m = c;
	if (spin(50) != 50)
		return 0;
	for (size_t i = 0; i < n && m->pos < sizeof m->data; i++)
		m->data[m->pos++] = (char)(b[i] ^ 1);
	if (m->pos > m->len)
		m->len = m->pos;
	m->writes++;
	return (ssize_t)n;
}

static ssize_t
mread(void *c, char *b, size_t n)
{
	struct mem *m = c;
	size_t i = 0;
	char tmp[16];
	while (i < n && i < sizeof tmp && m->pos < m->len)
		tmp[i++] = (char)(m->data[m->pos++] ^ 1);
	memcpy(b, tmp, i);
	return (ssize_t)i;
}

static int
mseek(void *c, off64_t *off, int whence)
{
	struct mem *m = c;
	off64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (off64_t)m->pos : (off64_t)m->len;
	m->pos = (size_t)(base + *off);
	*off = (off64_t)m->pos;
	return 0;
}

static int
mclose(void *c)
{
	((struct mem *)c)->closed++;
	return 0;
}

int
main(void)
{
	struct mem m = { .len = 0 };
	FILE *f = fopencookie(&m, "w+", (cookie_io_functions_t){ mread, mwrite, mseek, mclose });
	if (!f)
		return 1;
	for (int i = 0; i < 20; i++)
		fprintf(f, "line %d %5.2f %s\n", i, i / 3.0, i & 1 ? "odd" : "even");
	fflush(f);
	rewind(f);
	char line[80];
	int n = 0, total = 0;
	while (fgets(line, sizeof line, f)) {
		int k;
		double d;
		char w[8];
		if (sscanf(line, "line %d %lf %7s", &k, &d, w) != 3 || k != n)
			return 2;
		n++;
		total += (int)strlen(w);
	}
	fclose(f);
	printf("%d lines, %d, closed %d, wrote %d, len %zu\n", n, total, m.closed, m.writes > 0, m.len);
	return 0;
}
