// SPDX-License-Identifier: MIT

#include "vec_results.h"

three
foreign_three(int n, three (*fn)(int, ...))
{
	return n == 0 ? fn(1, 5) : foreign_three(n - 1, fn) + fn(n, 7);
}

wide
foreign_wide(int n, wide (*fn)(int))
{
	return fn(n) * 2 + fn(n + 1);
}
