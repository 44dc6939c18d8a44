// SPDX-License-Identifier: MIT
// Shows that local register variables bound by asm names feed a raw system call whose buffers are
// locals, at every depth.
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

static long
raw3(long nr, long a, long b, long c)
{
	register long ra __asm__("rdi") = a;
	register long rb __asm__("rsi") = b;
	register long rc __asm__("rdx") = c;
	long ret = nr;

	__asm__ volatile("syscall" : "+a"(ret) : "r"(ra), "r"(rb), "r"(rc) : "rcx", "r11", "memory");
	return ret;
}

__attribute__((noinline)) static unsigned
level(int depth, const int *fds)
{
	char out[16], in[16] = "";
	struct utsname u;
	unsigned r = 0;

	memset(out, 'a' + depth % 26, sizeof out);
	if (raw3(SYS_write, fds[1], (long)out, sizeof out) != sizeof out)
		puts("write");
	if (depth > 0)
		r = level(depth - 1, (const int[2]){ fds[0], fds[1] });
	if (raw3(SYS_read, fds[0], (long)in, sizeof in) != sizeof in)
		puts("read");
	if (raw3(SYS_uname, (long)&u, 0, 0) != 0 || strcmp(u.sysname, "Linux"))
		puts("uname");
	if (raw3(SYS_close, -1, 0, 0) != -9)
		puts("close");
	return r * 31 + (unsigned char)in[15] + (unsigned char)out[3];
}

int
main(void)
{
	int p[2];

	if (pipe(p))
		return 1;
	for (int d = 0; d < 800; d = d * 3 + 1)
		printf("%u\n", level(d, p));
	return 0;
}
