// SPDX-License-Identifier: MIT
// Shows that weak symbols work: undefined ones are null, present ones are called, and a strong
// definition elsewhere wins in either kind of object.
// extra: link_weak_g.c=gcc
// extra: link_weak_t.c=thrumcc
#include <stdio.h>
#include <string.h>

__attribute__((weak)) int missing(int);
__attribute__((weak)) int present_gcc(int);
__attribute__((weak)) int present_thrum(int);

// The strong ones of the other files win over these two.
__attribute__((weak, noinline)) int over_gcc(int x) { int a[2] = { x, 0 }; int *volatile p = a; return p[0] - 1000; }
__attribute__((weak, noinline)) int over_thrum(int x) { int a[2] = { x, 0 }; int *volatile p = a; return p[0] - 2000; }
// These are strong and win over weak ones in the other files.
__attribute__((noinline)) int mine_g(int x) { int a[2] = { x, 1 }; int *volatile p = a; return p[0] + p[1]; }
__attribute__((noinline)) int mine_t(int x) { int a[2] = { x, 2 }; int *volatile p = a; return p[0] + p[1]; }
// Nobody overrides this one.
__attribute__((weak, noinline)) int stays(int x) { int a[2] = { x, 3 }; int *volatile p = a; return p[0] + p[1]; }

int via_gcc(int x);
int via_thrum(int x);

int
main(void)
{
	int (*volatile pm)(int) = missing;
	printf("%s %s\n", missing ? "there" : "null", pm ? "there" : "null");
	if (present_gcc)
		printf("%d\n", present_gcc(300));
	if (present_thrum)
		printf("%d\n", present_thrum(300));
	int (*volatile pg)(int) = present_gcc, (*volatile pt)(int) = present_thrum;
	printf("%d %d\n", pg ? pg(1) : -1, pt ? pt(1) : -1);
	printf("%d %d %d\n", over_gcc(5), over_thrum(5), stays(5));
	printf("%d %d %d %d\n", mine_g(1), mine_t(1), via_gcc(200), via_thrum(200));
	return 0;
}
