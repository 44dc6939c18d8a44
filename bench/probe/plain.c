// SPDX-License-Identifier: MIT
//
// plain.c - the foreign side of foreign.c: empty functions; always built by gcc.

#include "plain.h"

__attribute__((noinline, noclone)) void
plain_empty(void)
{
	__asm__ volatile("");
}

__attribute__((noinline, noclone)) uint64_t
plain_six(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	__asm__ volatile("" : "+r"(a));
	return a + b + c + d + e + f;
}

__attribute__((noinline, noclone)) uint64_t
plain_ten(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
          uint64_t g, uint64_t h, uint64_t i, uint64_t j)
{
	__asm__ volatile("" : "+r"(a));
	return a + b + c + d + e + f + g + h + i + j;
}

void
plain_empty_loop(uint64_t n)
{
	for (; n != 0; n--)
		plain_empty();
}

uint64_t
plain_six_loop(uint64_t n)
{
	uint64_t sum = 0;
	for (; n != 0; n--)
		sum += plain_six(n, 2, 3, 4, 5, 6);
	return sum;
}

uint64_t
plain_ten_loop(uint64_t n)
{
	uint64_t sum = 0;
	for (; n != 0; n--)
		sum += plain_ten(n, 2, 3, 4, 5, 6, 7, 8, 9, 10);
	return sum;
}

void
plain_callback(void (*fn)(void *), void *arg, uint64_t n)
{
	for (; n != 0; n--)
		fn(arg);
}
