// SPDX-License-Identifier: MIT
// gcc side of link_globals.c.
int from_other = 3;
int visit(int n);
static int
twice(int n)
{
	return visit(n > 0 ? n - 1 : 0) + 1;
}
int (*other_table[])(int) = { visit, twice };
