// SPDX-License-Identifier: MIT

#include "vec_results.h"

wide
foreign_wide(int n, wide (*fn)(int))
{
	return fn(n) * 2 + fn(n + 1);
}
