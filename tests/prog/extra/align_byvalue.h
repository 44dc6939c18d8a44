// SPDX-License-Identifier: MIT
// Structs that align_byvalue.c and align_byvalue_x.c pass to one another.
struct line { _Alignas(64) long a[3]; };
struct wide { _Alignas(128) long a[3]; };
struct page { _Alignas(4096) long a[3]; };
#define FOREIGN(type) \
	long foreign_##type(struct type x, long n); \
	long calls_##type(long (*fn)(struct type, long), struct type x, long n);
FOREIGN(line)
FOREIGN(wide)
FOREIGN(page)
