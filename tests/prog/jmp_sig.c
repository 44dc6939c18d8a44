// SPDX-License-Identifier: MIT
// Shows that sigsetjmp and siglongjmp save and restore the signal mask when asked and leave it
// alone when not.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf env;

static int
blocked(int sig)
{
	sigset_t s;
	sigprocmask(SIG_BLOCK, NULL, &s);
	return sigismember(&s, sig);
}

__attribute__((noinline)) static void
block_and_jump(int sig, int n)
{
	sigset_t s;
	if (n > 0) {
		volatile int pad[30];
		pad[n % 30] = n;
		block_and_jump(sig, n - 1);
		pad[0] = 1;
		return;
	}
	sigemptyset(&s);
	sigaddset(&s, sig);
	sigprocmask(SIG_BLOCK, &s, NULL);
	siglongjmp(env, sig);
}

int
main(void)
{
	for (volatile int save = 0; save < 2; save++) {
		int r = sigsetjmp(env, save);
		if (r == 0)
			block_and_jump(SIGUSR1 + save * 2, 100);
		printf("save=%d r=%d usr1=%d usr2=%d\n", save, r, blocked(SIGUSR1), blocked(SIGUSR2));
	}
	jmp_buf b;
	volatile int n = 0;
	if (_setjmp(b) < 3) {
		n++;
		_longjmp(b, n);
	}
	printf("n=%d\n", n);
	return 0;
}
