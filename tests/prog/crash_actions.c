// SPDX-License-Identifier: MIT
// Shows that sigaction and signal, in any order, report for the fault signals what they report
// without the runtime: SIG_DFL first, then the program's own action.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const int sigs[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGQUIT, SIGUSR1};
static sigjmp_buf env;
static volatile int hits;

static void
on(int sig)
{
	char b[500];
	memset(b, sig, sizeof b);
	char *volatile p = b;
	hits += p[499] == sig;
	if (sig == SIGSEGV)
		siglongjmp(env, 1);
}

static const char *
name(void (*fn)(int))
{
	return fn == SIG_DFL ? "default" : fn == SIG_IGN ? "ignore" : fn == on ? "ours" : "?";
}

static void
show(const char *when)
{
	printf("%s:", when);
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++) {
		struct sigaction a;
		sigaction(sigs[i], NULL, &a);
		printf(" %s%s", name(a.sa_handler), a.sa_flags & SA_SIGINFO ? "!" : "");
	}
	printf("\n");
}

int
main(void)
{
	struct sigaction a, old;
	show("first");
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++)
		printf("%s ", name(signal(sigs[i], on)));
	printf("\n");
	show("signal");
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++) {
		memset(&a, 0, sizeof a);
		a.sa_handler = i & 1 ? SIG_IGN : SIG_DFL;
		sigaction(sigs[i], &a, &old);
		printf("%s ", name(old.sa_handler));
	}
	printf("\n");
	show("sigaction");
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++)
		siginterrupt(sigs[i], 1);
	show("siginterrupt");
	// A handler that recovers, put aside and put back.
	signal(SIGSEGV, on);
	sigaction(SIGSEGV, NULL, &old);
	signal(SIGSEGV, SIG_DFL);
	printf("%d", sigaction(SIGSEGV, &old, &a));
	printf(" %s\n", name(a.sa_handler));
	for (int i = 0; i < 3; i++)
		if (sigsetjmp(env, 1) == 0)
			*(volatile int *)8 = 1;
	printf("%d hits\n", hits);
	// The actions that a process has after exec.
	for (size_t i = 0; i < sizeof sigs / sizeof *sigs; i++)
		signal(sigs[i], SIG_DFL);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "grep SigIgn /proc/self/status", NULL);
		_exit(9);
	}
	int status;
	waitpid(pid, &status, 0);
	printf("%d\n", status);
	return 0;
}
