// SPDX-License-Identifier: MIT
//
// Shows a program's own crash handler that puts SIG_DFL back and raises the signal again: the
// process dies of it without a second report. The report comes without a handler, when one was
// taken back before, and when the instruction faults again.
//
// thrum-only
// levels: O0 O2
// out: ok

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sigaction before;
static int *volatile nowhere;

static void
byraise(int sig)
{
	signal(sig, SIG_DFL);
	raise(sig);
}

static void
byold(int sig)
{
	sigaction(sig, &before, NULL);
	kill(getpid(), sig);
}

static void
byfault(int sig)
{
	signal(sig, SIG_DFL);
}

static void
child(int kind)
{
	struct sigaction a = {.sa_handler = byold, .sa_flags = SA_NODEFER | SA_ONSTACK};
	switch (kind) {
	case 0: signal(SIGSEGV, byraise); raise(SIGSEGV); break;
	case 1: signal(SIGSEGV, byraise); *nowhere = 1; break;
	case 2: sigaction(SIGSEGV, &a, &before); *nowhere = 1; break;
	case 3: signal(SIGSEGV, byfault); *nowhere = 1; break;
	case 4: a.sa_handler = byraise; a.sa_flags = (int)SA_RESETHAND; sigaction(SIGSEGV, &a, NULL); *nowhere = 1; break;
	case 5: *nowhere = 1; break;
	case 6: signal(SIGSEGV, byraise); signal(SIGSEGV, SIG_DFL); *nowhere = 1; break;
	}
	for (;;)
		pause();
}

int
main(void)
{
	for (int kind = 0; kind < 7; kind++) {
		int p[2], status;
		char text[4096];
		if (pipe(p) != 0)
			return 2;
		pid_t pid = fork();
		if (pid == 0) {
			dup2(p[1], 2);
			child(kind);
		}
		close(p[1]);
		size_t n = 0;
		for (ssize_t r; n < sizeof text - 1 && (r = read(p[0], text + n, sizeof text - 1 - n)) > 0;)
			n += (size_t)r;
		text[n] = 0;
		close(p[0]);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV ||
			(strstr(text, "fatal signal: SIGSEGV") != NULL) != (kind == 3 || kind >= 5)) {
			printf("kind %d: status %x, %s\n", kind, status, text);
			return 1;
		}
	}
	puts("ok");
	return 0;
}
