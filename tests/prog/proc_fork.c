// SPDX-License-Identifier: MIT
// Shows that fork works from a deep stack: child and parent each return through their own frames,
// talk over pipes, and the parent collects the codes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_child;

__attribute__((noinline)) static long
down(int n, int fd, pid_t *pid)
{
	char b[60];
	memset(b, n & 0x7f, sizeof b);
	char *volatile p = b;
	long r;
	if (n == 0) {
		*pid = fork();
		is_child = *pid == 0;
		r = is_child ? 5 : 1;
	} else {
		r = down(n - 1, fd, pid) + p[59] % 3;
	}
	if (is_child && n % 100 == 0 && write(fd, &r, sizeof r) != sizeof r)
		_exit(99);
	return r;
}

int
main(void)
{
	for (int round = 0; round < 4; round++) {
		int fds[2];
		pid_t pid = -1;
		if (pipe(fds))
			return 1;
		fflush(stdout);
		long r = down(300 + round, fds[1], &pid);
		if (is_child) {
			close(fds[1]);
			_exit((int)(r % 50) + round);
		}
		close(fds[1]);
		long v, sum = 0;
		int n = 0, st = 0;
		while (read(fds[0], &v, sizeof v) == sizeof v) {
			sum += v;
			n++;
		}
		close(fds[0]);
		if (waitpid(pid, &st, 0) != pid)
			return 2;
		printf("%d: parent %ld, child wrote %d sum %ld, exit %d\n", round, r, n, sum, WIFEXITED(st) ? WEXITSTATUS(st) : -1);
	}
	return 0;
}
