// SPDX-License-Identifier: MIT
// Shows that a program lowers its limit for the stack, as shells do, and signals come then:
// handlers run, also a deep one.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t came;

static __attribute__((noinline)) int
deep(int n)
{
	volatile char local[200];
	local[n % 200] = 1;
	return n == 0 ? 0 : deep(n - 1) + local[n % 200];
}

static void
handler(int sig)
{
	(void)sig;
	came += deep(100) == 100;
}

int
main(void)
{
	static const rlim_t limits[] = {64 << 10, 1 << 20, 3 << 20, 6 << 20};
	signal(SIGUSR1, handler);
	for (int i = 0; i < 4; i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			struct rlimit r;
			getrlimit(RLIMIT_STACK, &r);
			r.rlim_cur = limits[i];
			if (setrlimit(RLIMIT_STACK, &r) != 0)
				_exit(3);
			raise(SIGUSR1);
			raise(SIGUSR1);
			_exit(came);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 1;
		printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	}
	return 0;
}
