// SPDX-License-Identifier: MIT
// Shows that C11 atomics of 1 to 8 bytes, flags, atomic pointers and small atomic structs work as
// locals of deep frames.
#include <stdatomic.h>
#include <stdio.h>

struct two { int a, b; };

__attribute__((noinline)) static unsigned
level(unsigned depth, _Atomic unsigned *up, _Atomic(struct two) *pair)
{
	_Atomic unsigned n = depth;
	atomic_uchar c = 250;
	atomic_short s = -1;
	atomic_ulong l = 1ul << 40;
	_Atomic(struct two) mine = (struct two){ (int)depth, 1 };
	_Atomic(_Atomic unsigned *) p = &n;
	atomic_flag f = ATOMIC_FLAG_INIT;
	unsigned want = depth, r = 0;
	struct two t;

	atomic_fetch_add(up, 3);
	atomic_fetch_xor_explicit(atomic_load(&p), 0x55u, memory_order_relaxed);
	want ^= 0x55;
	if (!atomic_compare_exchange_strong(&n, &want, want + 7))
		printf("depth %u: exchange fails\n", depth);
	c += 10;
	s--;
	atomic_fetch_or(&l, depth);
	t = atomic_load(pair);
	t.b += t.a;
	atomic_store(pair, t);
	if (atomic_flag_test_and_set(&f))
		puts("flag was set");
	if (depth > 0)
		r = level(depth - 1, atomic_load(&p), &mine);
	t = atomic_exchange(&mine, ((struct two){ 0, 0 }));
	if (n != (depth ^ 0x55) + 7 + (depth > 0 ? 3 : 0) || c != 4 || s != -2 || t.b != 1 + (depth > 0 ? (int)depth : 0)
	    || !atomic_flag_test_and_set(&f))
		printf("depth %u: %u %d %d %d\n", depth, n, c, s, t.b);
	return r * 31 + n + (unsigned)l + (unsigned)t.b;
}

int
main(void)
{
	_Atomic unsigned top = 0;
	_Atomic(struct two) pair = (struct two){ 1, 2 };

	for (unsigned d = 0; d < 1500; d = d * 3 + 1) {
		unsigned r = level(d, &top, &pair);
		struct two t = atomic_load(&pair);
		printf("%u %u %d\n", r, top, t.b);
	}
	return 0;
}
