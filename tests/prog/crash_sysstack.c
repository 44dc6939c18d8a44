// SPDX-License-Identifier: MIT
// Shows that foreign code which overflows the thread's stack is told so, and which goroutine has called it.
// want: signal 11
// extra: crash_deep.c=gcc
// err: fatal signal: SIGSEGV: overflow of the thread's stack
// err: goroutine 1 [foreign call]:
// err: crash_deep(...)
// err: main(...)
int crash_deep(int);

int
main(void)
{
	return crash_deep(1) + 1;
}
