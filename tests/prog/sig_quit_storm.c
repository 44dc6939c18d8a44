// SPDX-License-Identifier: MIT
// Shows that SIGQUIT ends a busy program at whatever place it comes: growing stacks, spawning,
// printing, yielding; every goroutine is listed.
// thrum-only
// levels: O0 O2
// out: ok
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <thrum.h>
#include <unistd.h>

static thrum_wg wg;

__attribute__((noinline)) static int
deep(int n)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[39] == (char)n) : 0;
}

static void
grow(void *arg)
{
	for (;;) {
		deep(300);
		thrum_stack_shrink();
		thrum_yield();
	}
}

static void
nothing(void *arg)
{
}

static void
spawn(void *arg)
{
	for (;;) {
		if (thrum_go(nothing, NULL) != 0)
			exit(7);
		thrum_yield();
	}
}

static void
format(void *arg)
{
	char b[100];
	for (;;) {
		snprintf(b, sizeof b, "%d %g", deep(3), 1.5);
		free(strdup(b));
		thrum_yield();
	}
}

static void
run(void)
{
	if (write(2, "started\n", 8) != 8)
		exit(7);
	thrum_wg_add(&wg, 1);
	for (int i = 0; i < 4; i++)
		if (thrum_go(grow, NULL) || thrum_go(spawn, NULL) || thrum_go(format, NULL))
			exit(7);
	thrum_wg_wait(&wg);
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		run();
	for (int i = 0; i < 20; i++) {
		char all[1 << 16], *at = all;
		size_t n = 0, k;
		int status, p[2], goroutines = 0;
		if (pipe(p) != 0)
			return 1;
		pid_t pid = fork();
		if (pid == 0) {
			dup2(p[1], 2);
			close(p[0]);
			close(p[1]);
			alarm(20);
			execl("/proc/self/exe", "prog", "child", NULL);
			_exit(9);
		}
		close(p[1]);
		if (read(p[0], all, 8) != 8)
			return 1;
		usleep(100 + 517 * (unsigned)i);
		kill(pid, SIGQUIT);
		while ((k = (size_t)read(p[0], all + n, sizeof all - 1 - n)) > 0 && k != (size_t)-1)
			n += k;
		close(p[0]);
		all[n] = 0;
		waitpid(pid, &status, 0);
		while ((at = strstr(at, "goroutine ")))
			goroutines += at == all || at[-1] == '\n', at++;
		// The main goroutine may not have started all of them.
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 2 || goroutines < 1 || strstr(all, "fatal")) {
			printf("run %d: status %x, %d goroutines\n%s", i, status, goroutines, all);
			return 1;
		}
	}
	puts("ok");
	return 0;
}
