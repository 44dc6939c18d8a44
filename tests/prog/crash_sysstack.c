// SPDX-License-Identifier: MIT
// Shows the message for foreign code that overflows the thread's stack: it names the goroutine that
// made the call.
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
