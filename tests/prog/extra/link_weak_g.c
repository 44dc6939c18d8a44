// SPDX-License-Identifier: MIT
// gcc side of link_weak.c.
int over_gcc(int x) { return x + 10; }
int present_gcc(int x) { return x + 1; }
__attribute__((weak, noinline)) int mine_g(int x) { return x - 77; }
__attribute__((weak)) int absent_from_all(int);
int over_thrum(int);
int stays(int);
int via_gcc(int x) { return mine_g(x) * 100 + over_thrum(x) + stays(x) + (absent_from_all ? 1 : 0); }
