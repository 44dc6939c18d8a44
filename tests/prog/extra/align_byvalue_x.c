// SPDX-License-Identifier: MIT

#include "align_byvalue.h"

#undef FOREIGN
#define FOREIGN(type) \
	long foreign_##type(struct type x, long n) \
	{ \
		return x.a[0] * n + x.a[1] + x.a[2] * 11; \
	} \
	long calls_##type(long (*fn)(struct type, long), struct type x, long n) \
	{ \
		x.a[1]++; \
		return fn(x, n) * 3; \
	}
FOREIGN(line)
FOREIGN(wide)
FOREIGN(page)
