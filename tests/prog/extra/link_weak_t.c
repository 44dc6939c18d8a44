// SPDX-License-Identifier: MIT
// thrumcc side of link_weak.c.
int over_thrum(int x);
int over_gcc(int x);
int stays(int x);
__attribute__((noinline)) static int
deep(int n, const int *p)
{
	int v[3] = { *p + 1, n, 0 };
	return n ? deep(n - 1, v) : v[0];
}
int over_thrum(int x) { return deep(x, &x); }
int present_thrum(int x) { int z = 0; return deep(x, &z) + over_gcc(x); }
__attribute__((weak, noinline)) int mine_t(int x) { return x - 88; }
__attribute__((weak)) int absent_from_all(int);
int via_thrum(int x) { return mine_t(x) * 100 + over_gcc(x) + stays(x) + (absent_from_all ? 1 : 0); }
