// SPDX-License-Identifier: MIT
// Foreign side of go_fixed.c: about 150 bytes of stack for each level.
void thrum_yield(void);
struct fixed_job { int depth, id; long result; void (*done)(void *); long (*callee)(long); };

__attribute__((noinline)) static long
sum(int n)
{
	volatile long pad[10];
	pad[n % 10] = n;
	if (n % 64 == 0)
		thrum_yield();
	return n ? sum(n - 1) + pad[n % 10] : 0;
}

void
fixed_body(void *arg)
{
	struct fixed_job *j = arg;
	long r = sum(j->depth);
	thrum_yield();
	j->result = r + j->callee(j->id) + 5;
	j->done(j);
}
