// SPDX-License-Identifier: MIT
// Shows that __sync and __atomic builtins work on locals, and cmpxchg16b on an aligned 16-byte
// local, at every depth.
// cflags: -mcx16
#include <stdio.h>

typedef unsigned __int128 u128;

__attribute__((noinline)) static unsigned
level(unsigned depth, u128 *up, long *count)
{
	u128 mine = (u128)depth << 64 | 5, seen;
	long n = 1, old;
	int lock = 0, expected = 3;
	unsigned char byte = 7;
	double d = 1.5, e = 2.5, got;

	do
		seen = *up;
	while (!__sync_bool_compare_and_swap(up, seen, seen * 3 + depth));
	__sync_fetch_and_add(count, 2);
	old = __sync_val_compare_and_swap(&n, 1, 10);
	while (__sync_lock_test_and_set(&lock, 1))
		;
	__sync_sub_and_fetch(&byte, 9);
	__atomic_fetch_nand(&byte, 0x0f, __ATOMIC_SEQ_CST);
	__atomic_exchange(&d, &e, &got, __ATOMIC_ACQ_REL);
	if (__atomic_compare_exchange_n(&lock, &expected, 5, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED) || expected != 1)
		puts("exchange is wrong");
	unsigned r = depth > 0 ? level(depth - 1, &mine, &n) : 0;
	__sync_lock_release(&lock);
	if (old != 1 || n != (depth > 0 ? 12 : 10) || lock || got != 1.5 || d != 2.5)
		printf("depth %u: %ld %d\n", depth, n, lock);
	return r * 31 + (unsigned)mine + (unsigned)(mine >> 64) + byte + (unsigned)n;
}

int
main(void)
{
	u128 top = 1;
	long n = 0;

	for (unsigned d = 0; d < 1500; d = d * 3 + 1) {
		unsigned r = level(d, &top, &n);
		printf("%u %lu %ld\n", r, (unsigned long)(top >> 64), n);
	}
	return 0;
}
