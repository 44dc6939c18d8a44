// SPDX-License-Identifier: MIT
// Shows that handlers set by signal and sigaction work, with SA_SIGINFO, big locals, recursion,
// errno use and nesting, called by raise, kill and sigqueue.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile int simple, info_val, info_code, nested, depth_ok;

__attribute__((noinline)) static int
deep(int n)
{
	char b[32];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[31] == (char)n) : 0;
}

static void
on_simple(int s)
{
	int saved = errno;
	char big[1500];
	memset(big, s, sizeof big);
	char *volatile p = big;
	errno = ENOENT;
	simple += p[1499] == s;
	if (deep(20) == 20)
		depth_ok++;
	errno = saved;
}

static void
on_info(int s, siginfo_t *si, void *uc)
{
	siginfo_t copy = *si;
	siginfo_t *volatile p = &copy;
	info_val += p->si_value.sival_int;
	info_code = p->si_code == SI_QUEUE && p->si_signo == s && p->si_pid == getpid() && uc != NULL;
	if (info_val < 100) {
		nested++;
		raise(SIGUSR1);
	}
}

int
main(void)
{
	struct sigaction sa, old;
	signal(SIGUSR1, on_simple);
	memset(&sa, 0, sizeof sa);
	sa.sa_sigaction = on_info;
	sa.sa_flags = SA_SIGINFO;
	sigaction(SIGUSR2, &sa, NULL);
	errno = 5;
	for (int i = 0; i < 50; i++)
		raise(SIGUSR1);
	printf("%d %d errno %d\n", simple, depth_ok, errno);
	kill(getpid(), SIGUSR1);
	for (int i = 0; i < 20; i++)
		sigqueue(getpid(), SIGUSR2, (union sigval){ .sival_int = 10 });
	printf("%d %d %d %d\n", info_val, info_code, nested, simple);
	sigaction(SIGUSR2, NULL, &old);
	printf("%d %d\n", old.sa_sigaction == on_info, (old.sa_flags & SA_SIGINFO) != 0);
	printf("%d\n", signal(SIGUSR1, SIG_IGN) == on_simple);
	raise(SIGUSR1);
	printf("%d %d\n", simple, signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	return 0;
}
