// SPDX-License-Identifier: MIT
// Shows that each fault signal still ends a process by that signal, also when it was sent or
// raised.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int zero;

static void
die(int how)
{
	FILE *f = tmpfile();
	char *p;
	switch (how) {
	case 0: *(volatile int *)8 = 1; break;
	case 1: zero = 3 / zero; break;
	case 2: __builtin_trap(); break;
	case 3: abort(); break;
	case 4: raise(SIGSEGV); break;
	case 5: kill(getpid(), SIGBUS); for (;;) pause();
	case 6: __asm__ volatile("int3"); break;
	case 7:
		p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fileno(f), 0);
		zero = p[0];
		break;
	case 8: raise(SIGSYS); break;
	case 9: *(volatile int *)0x8000000000000000 = 1; break;
	case 10: kill(getpid(), SIGTERM); for (;;) pause();
	}
}

int
main(void)
{
	for (int how = 0; how < 11; how++) {
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			if (!freopen("/dev/null", "w", stderr))
				_exit(3);
			die(how);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		printf("%d: signal %d\n", how, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	}
	return 0;
}
