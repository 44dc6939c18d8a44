// SPDX-License-Identifier: MIT
// Foreign side of cb_regs.c.

long
foreign_keep(long (*fn)(long), long n)
{
	long a = n * 2, b = n * 3, c = n * 5, d = n * 7, e = n * 11, f = n * 13, g = n * 17;
	double x = n * 0.5;
	long r = fn(n) & 0xffffff;
	return r + a + b - c + d - e + f - g + (long)(x * 2);
}

long
foreign_clobber(long x)
{
	__asm__ volatile("mov $-1, %%rbx; mov $-2, %%r12; mov $-3, %%r13; mov $-4, %%r14; mov $-5, %%r15"
		: : : "rbx", "r12", "r13", "r14", "r15");
	return x ^ 0x55;
}
