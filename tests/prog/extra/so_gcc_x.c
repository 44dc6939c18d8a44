// SPDX-License-Identifier: MIT
// Shared object of so_gcc.c, built by gcc.
int lib_counter = 1;
_Thread_local int lib_tls = 9;
long main_symbol(int depth);

long
lib_fold(long (*f)(long, long), const int *v, int n)
{
	long s = 0;
	for (int i = 0; i < n; i++)
		s = f(s, v[i]);
	return s;
}

long
lib_indirect(int depth)
{
	volatile int pad[60];
	pad[3] = depth;
	return depth ? main_symbol(depth - 1) + pad[3] : lib_counter;
}
