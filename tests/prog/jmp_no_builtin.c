// SPDX-License-Identifier: MIT
// Shows that setjmp works if the compiler is told that it knows no functions: variables and frames
// outlive the jump all the same.
//
// cflags: -fno-builtin
// thrumflags: -fthrum-verify
// out: 3 101 45
// out: 8
#include <setjmp.h>
#include <stdio.h>

static jmp_buf again;
static sigjmp_buf *out;

__attribute__((noinline)) static int
set(void)
{
	return setjmp(again); // no tail call: the frame must be there
}

__attribute__((noinline)) static long
fill(int n)
{
	volatile long a[20], sum = 0;
	for (int i = 0; i < 20; i++)
		a[i] = n + i;
	for (int i = 0; i < 20; i++)
		sum += a[i];
	if (n > 5)
		siglongjmp(*out, n);
	return sum + fill(n + 1);
}

__attribute__((noinline)) static long
rounds(long *kept)
{
	sigjmp_buf buf;
	volatile long count = 0, other = 0;
	out = &buf;
	for (volatile int i = 0; i < 3; i++) {
		long local[i + 1], x = count;
		local[i] = i;
		switch (sigsetjmp(buf, 1)) {
		case 0:
			count++;
			other = x + 99;
			fill(i);
			break;
		default:
			*kept += local[i] + 14;
		}
	}
	printf("%ld %ld %ld\n", count, other, *kept);
	return count;
}

int
main(void)
{
	long kept = 0;
	rounds(&kept);
	volatile int n = 0;
	if (set() == 0)
		n = 8;
	printf("%d\n", n);
}
