// SPDX-License-Identifier: MIT
// Shows that a SIGSEGV handler sees the faulting address and may recover by siglongjmp or by
// mapping the page, many times and from depth.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static sigjmp_buf env;
static char *page;
static volatile int mode, faults, right;

static void
on_segv(int s, siginfo_t *si, void *uc)
{
	(void)uc;
	char note[100];
	memset(note, s, sizeof note);
	faults++;
	right += (char *)si->si_addr == page + 123 && note[99] == SIGSEGV;
	if (mode == 0)
		siglongjmp(env, 3);
	mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

__attribute__((noinline)) static int
touch(int n)
{
	int v[5] = { n };
	int *volatile p = v;
	if (n == 0) {
		*(volatile char *)(page + 123) = 1;
		return 0;
	}
	return touch(n - 1) + (p[0] == n);
}

int
main(void)
{
	struct sigaction sa;
	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = on_segv;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGSEGV, &sa, NULL);
	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile int jumped = 0;
	for (volatile int i = 0; i < 100; i++) {
		if (sigsetjmp(env, 1) == 0)
			touch(i * 3);
		else
			jumped++;
	}
	printf("%d %d %d\n", jumped, faults, right);
	mode = 1;
	int sum = 0;
	for (int i = 0; i < 50; i++) {
		mprotect(page, 4096, PROT_NONE);
		sum += touch(i * 2);
	}
	printf("%d %d %d %d\n", sum, faults, right, page[123]);
	return 0;
}
