// SPDX-License-Identifier: MIT
// Shows that with hugepages=1 the heap asks the kernel for huge pages: all of its mappings have the
// flag hg. A kernel without transparent huge pages has no such flag.
// thrum-only
// env: THRUM_DEBUG=hugepages=1
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <thrum.h>

#include "extra/check.h"

// asked tells whether the mapping that contains p has the flag.
static int
asked(const void *p)
{
	char line[1000];
	unsigned long lo, hi, a = (unsigned long)p;
	int in = 0, found = -1;
	FILE *f = fopen("/proc/self/smaps", "r");
	CHECK(f);
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%lx-%lx ", &lo, &hi) == 2)
			in = a >= lo && a < hi;
		else if (in && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " hg") != NULL;
	}
	fclose(f);
	CHECK(found >= 0);
	return found;
}

int
main(void)
{
	int can = access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) == 0, other;
	for (int i = 0; i < 10; i++) {
		char *p = thrum_malloc(3 << 20);
		CHECK(p);
		CHECK(asked(p) == can && asked(p + (3 << 20) - 1) == can);
	}
	CHECK(asked(thrum_new(int)) == can);
	CHECK(!asked(&other) && !asked(main));
	puts("ok");
	return 0;
}
