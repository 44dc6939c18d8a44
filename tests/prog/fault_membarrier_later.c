// SPDX-License-Identifier: MIT
//
// Shows a seccomp filter that forbids membarrier and is installed after the runtime has started: a
// message says what to do, and that remedy works.
//
// thrum-only
// levels: O0 O2
// out: ok

#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <thrum.h>

static thrum_wg wg;

static void
work(void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++)
		thrum_yield();
	thrum_wg_done(&wg);
}

static int
filtered(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
		return 77;
	for (int turn = 0; turn < 20; turn++) {
		thrum_wg_add(&wg, 100);
		for (int i = 0; i < 100; i++)
			if (thrum_go(work, NULL) != 0)
				return 1;
		thrum_wg_wait(&wg);
		thrum_maxprocs(1 + turn % 3);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc > 1)
		return filtered();
	for (int without = 0; without < 2; without++) {
		int p[2], status;
		char text[8192];
		size_t n = 0;
		if (pipe(p) != 0)
			return 2;
		pid_t pid = fork();
		if (pid == 0) {
			dup2(p[1], 2);
			const char *more = getenv("THRUM_DEBUG");
			snprintf(text, sizeof text, "%s%smembarrier=%d", more ? more : "", more && *more ? "," : "", !without);
			setenv("THRUM_DEBUG", text, 1);
			execl("/proc/self/exe", argv[0], "filtered", (char *)NULL);
			_exit(3);
		}
		close(p[1]);
		for (ssize_t r; n < sizeof text - 1 && (r = read(p[0], text + n, sizeof text - 1 - n)) > 0;)
			n += (size_t)r;
		text[n] = 0;
		close(p[0]);
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			return printf("status %x: %s\n", status, text), 1;
		if (WEXITSTATUS(status) == 77)
			break; // no seccomp here
		if (WEXITSTATUS(status) != (without ? 0 : 2) || (!without && !strstr(text, "fatal error: membarrier(2) worked")))
			return printf("without %d: status %x: %s\n", without, status, text), 1;
	}
	puts("ok");
	return 0;
}
