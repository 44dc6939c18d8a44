// SPDX-License-Identifier: MIT
// Shows that vfork with execl, posix_spawn, system and popen work from recursion, with the exit
// codes and the output they give.
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

__attribute__((noinline)) static int
run(int depth, int kind)
{
	char cmd[100];
	int st = -1;
	if (depth) {
		int r = run(depth - 1, kind);
		snprintf(cmd, sizeof cmd, "%d", r);
		return atoi(cmd);
	}
	fflush(stdout);
	if (kind == 0) {
		pid_t p = vfork();
		if (p == 0) {
			execl("/bin/sh", "sh", "-c", "exit 11", (char *)NULL);
			_exit(127);
		}
		waitpid(p, &st, 0);
		return WEXITSTATUS(st);
	}
	if (kind == 1) {
		pid_t p;
		char *argv[] = { "sh", "-c", "echo \"$V\"; exit 12", NULL };
		char *envp[] = { "V=spawned", NULL };
		if (posix_spawn(&p, "/bin/sh", NULL, NULL, argv, envp))
			return -1;
		waitpid(p, &st, 0);
		return WEXITSTATUS(st);
	}
	if (kind == 2) {
		snprintf(cmd, sizeof cmd, "exit %d", 13);
		st = system(cmd);
		return WEXITSTATUS(st);
	}
	snprintf(cmd, sizeof cmd, "for i in 1 2 3; do echo line $i; done; exit %d", 14);
	FILE *f = popen(cmd, "r");
	char line[40];
	while (fgets(line, sizeof line, f))
		printf("got %s", line);
	return WEXITSTATUS(pclose(f));
}

int
main(void)
{
	for (int k = 0; k < 4; k++)
		printf("%d -> %d\n", k, run(100 * k, k));
	return 0;
}
