// SPDX-License-Identifier: MIT
long
so_down(int n, void (*back)(void))
{
	volatile long a[8];
	for (int i = 0; i < 8; i++)
		a[i] = n + i;
	back();
	long r = n ? so_down(n - 1, back) : 0;
	back();
	for (int i = 0; i < 8; i++)
		r += a[i] == n + i;
	return r;
}
