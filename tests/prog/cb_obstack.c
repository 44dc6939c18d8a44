// SPDX-License-Identifier: MIT
// Shows that obstacks, whose chunk functions are instrumented callbacks, grow objects inside deep
// recursion.
#include <obstack.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int chunks;

static void *
get(size_t n)
{
	char note[30];
	snprintf(note, sizeof note, "%d", ++chunks);
	return malloc(n + strlen(note));
}

static void
put(void *p)
{
	chunks--;
	free(p);
}

#define obstack_chunk_alloc get
#define obstack_chunk_free put

__attribute__((noinline)) static void
fill(struct obstack *o, int n)
{
	char b[24];
	if (n > 0)
		fill(o, n - 1);
	snprintf(b, sizeof b, "%d,", n);
	obstack_grow(o, b, (int)strlen(b));
}

int
main(void)
{
	struct obstack o;
	obstack_init(&o);
	unsigned sum = 0;
	for (int i = 0; i < 20; i++) {
		fill(&o, i * 20);
		obstack_1grow(&o, 0);
		char *s = obstack_finish(&o);
		for (char *p = s; *p; p++)
			sum = sum * 31 + (unsigned char)*p;
	}
	obstack_free(&o, NULL);
	printf("%u %d\n", sum, chunks);
	return 0;
}
