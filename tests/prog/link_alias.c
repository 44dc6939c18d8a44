// SPDX-License-Identifier: MIT
// Shows that aliases, visibility, named sections, ifunc, cold, always_inline, gnu_inline and
// noreturn functions work, called directly and by pointer.
// cflags: -ffunction-sections -fdata-sections
// ldflags: -Wl,--gc-sections
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static int
deep(int n)
{
	int v[6] = { n, 1 };
	int *volatile p = v;
	return n ? deep(n - 1) + p[1] : 0;
}

int real(int x) { return deep(x) + 1; }
int other(int x) __attribute__((alias("real")));
__attribute__((weak, alias("real"))) int weak_other(int x);
__attribute__((visibility("hidden"), noinline)) int hid(int x) { return deep(x) + 2; }
__attribute__((visibility("protected"), noinline)) int prot(int x) { return deep(x) + 3; }
__attribute__((section(".text.special"), noinline)) static int special(int x) { return deep(x) + 4; }
__attribute__((section("my_section"), noinline)) static int mycode(int x) { return deep(x) + 5; }
__attribute__((cold, noinline)) static int chilly(int x) { return deep(x) + 6; }
__attribute__((hot, noinline)) static int hotly(int x) { return deep(x) + 7; }
static inline __attribute__((always_inline)) int
inl(int x)
{
	int v[4] = { x, x + 1, x + 2, x + 3 };
	int *volatile p = v;
	return p[3] + deep(x);
}
extern inline __attribute__((gnu_inline)) int gi(int x) { return deep(x) + 8; }
int gi(int x) { return deep(x) + 8; }
inline int ci(int x) { return deep(x) + 9; }
extern int ci(int x);

static int fast(int x) { return deep(x) + 10; }
static int (*resolve(void))(int) { return fast; }
int chosen(int x) __attribute__((ifunc("resolve")));

static jmp_buf env;
__attribute__((noreturn, noinline)) static void
never(int x)
{
	char b[30];
	snprintf(b, sizeof b, "%d", deep(x));
	longjmp(env, (int)strlen(b));
}
__attribute__((flatten, noinline)) static int flat(int x) { return inl(x) + hid(x); }
__attribute__((minsize, noinline)) static int mini(int x) { return deep(x) + 11; }

int
main(void)
{
	int (*t[])(int) = { real, other, weak_other, hid, prot, special, mycode, chilly, hotly, gi, ci, chosen, flat, mini };
	int s = 0;
	for (unsigned i = 0; i < sizeof t / sizeof t[0]; i++) {
		int r = t[i](100 + (int)i * 10);
		printf("%d ", r);
		s += r;
	}
	s += other(5) + weak_other(6) + hid(7) + prot(8) + special(9) + mycode(10) + chilly(11) + inl(12) + gi(13) + ci(14) + chosen(15);
	int r = setjmp(env);
	if (r == 0)
		never(150);
	printf("\n%d %d\n", s, r);
	printf("%d %d\n", real == other, t[0] == t[1]);
	return 0;
}
