// SPDX-License-Identifier: MIT
// Shows that inline asm works on locals in deep frames: "m", "+m", register, tied, early-clobber,
// flag-output and array-memory operands.
#include <stdio.h>

struct s { long a, b; };

__attribute__((noinline)) static unsigned long
level(int depth, unsigned long *up)
{
	unsigned long x = (unsigned long)depth * 3 + 1, y = 0, lo, hi, z;
	unsigned v[8] = { 1, 2, 3, 4, 5, 6, 7, (unsigned)depth };
	struct s s = { depth, 2 };
	unsigned char carry, zero;
	double d = depth / 4.0, e;
	int bytes[4] = { 0 };
	void *dst = bytes;
	long n = sizeof bytes;

	__asm__("addq %1, %0" : "+m"(x) : "r"(5ul) : "cc");
	__asm__("movq %1, %0\n\tleaq (%0,%0,2), %0" : "=&r"(y) : "m"(x));
	__asm__("mulq %3" : "=a"(lo), "=d"(hi) : "0"(x), "rm"(0x123456789abcdefful) : "cc");
	__asm__("addq %3, %0" : "=r"(z), "=@ccc"(carry), "=@ccz"(zero) : "r"(lo), "0"(hi - 1) : );
	__asm__ volatile("lock; xaddq %0, %1" : "+r"(y), "+m"(*up) : : "memory", "cc");
	__asm__("incl (%1)\n\tincl 28(%1)" : "+m"(v) : "r"(v) : "cc");
	__asm__("xchgq %0, %1" : "+r"(s.a), "+m"(s.b));
	__asm__("movsd %1, %0\n\taddsd %0, %0" : "=x"(e) : "m"(d));
	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(n) : "a"(depth & 0x7f) : "memory");
	__asm__ volatile("" : : : "rbx", "r12", "r13", "r14", "r15", "xmm0", "xmm8", "memory");
	unsigned long r = depth > 0 ? level(depth - 1, &x) : 0;
	if (bytes[3] != (depth & 0x7f) * 0x01010101 || e != depth / 2.0 || v[0] != 2 || v[7] != (unsigned)depth + 1 || s.a != 2)
		printf("depth %d: asm result lost\n", depth);
	return r * 31 + x + (y & 0xffff) + lo + hi + z + carry + zero + (unsigned long)s.b;
}

__attribute__((noinline)) static int
classify(int v)
{
	int *p = &v;

	__asm__ goto("cmpl $0, %0\n\tjl %l[neg]\n\tje %l[nul]" : : "m"(*p) : "cc" : neg, nul);
	return *p > 10 ? classify(*p - 10) + 1 : 1;
neg:
	return -*p > 10 ? -1 + classify(*p + 10) : -1;
nul:
	return 0;
}

int
main(void)
{
	unsigned long top = 1;

	for (int d = 0; d < 1000; d = d * 3 + 1) {
		unsigned long r = level(d, &top);
		printf("%lu %lu\n", r % 1000000007, top % 1000000007);
	}
	for (int i = -2000; i <= 2000; i += 500)
		printf("%d ", classify(i));
	puts("");
	return 0;
}
