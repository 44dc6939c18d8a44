// SPDX-License-Identifier: MIT
// Shows that alarm with pause, sigsuspend, sigwait, blocked and pending signals, and SA_RESETHAND
// and SA_NODEFER work.
// modes: normal stackmove storm (a signal ends its waits)
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile int got, level, maxlevel;

static void on(int s) { got += s == SIGALRM; }
static void
again(int s)
{
	char b[200];
	memset(b, s, sizeof b);
	level++;
	if (level > maxlevel)
		maxlevel = level;
	if (level < 5)
		raise(s);
	level -= b[199] == s;
}

int
main(void)
{
	struct sigaction sa;
	struct itimerval it = { { 0, 0 }, { 0, 2000 } };
	sigset_t set, old, pend;
	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on;
	sigaction(SIGALRM, &sa, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 0; i < 3; i++) {
		setitimer(ITIMER_REAL, &it, NULL);
		int r = sigsuspend(&old);
		printf("sigsuspend %d %d got %d\n", r, errno == EINTR, got);
	}
	kill(getpid(), SIGUSR1);
	sigpending(&pend);
	int sig = 0;
	printf("pending %d\n", sigismember(&pend, SIGUSR1));
	sigwait(&set, &sig);
	printf("sigwait %d\n", sig == SIGUSR1);
	struct timespec ts = { 0, 1000000 };
	siginfo_t si;
	printf("timed out %d\n", sigtimedwait(&set, &si, &ts) == -1 && errno == EAGAIN);
	sigprocmask(SIG_SETMASK, &old, NULL);
	it.it_value.tv_usec = 20000;
	setitimer(ITIMER_REAL, &it, NULL);
	int r = pause();
	printf("pause %d got %d\n", r, got);
	sa.sa_handler = again;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGUSR2, &sa, NULL);
	raise(SIGUSR2);
	printf("nested %d level %d\n", maxlevel, level);
	sa.sa_handler = on;
	sa.sa_flags = SA_RESETHAND;
	sigaction(SIGUSR2, &sa, NULL);
	raise(SIGUSR2);
	sigaction(SIGUSR2, NULL, &sa);
	printf("reset %d\n", sa.sa_handler == SIG_DFL);
	return 0;
}
