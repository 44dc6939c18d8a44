// SPDX-License-Identifier: MIT
//
// main.c - a program's main runs as the first goroutine.
//
// thrumcc links with --wrap=main, so the C library starts __wrap_main, and __real_main is the
// program's own main. When that returns, so does __wrap_main. Then exit runs the atexit handlers on
// the thread's own stack, as in any program.

#include <stdlib.h>
#include <string.h>

#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/sched/proc.h"
#include "thrum.h"

extern int __real_main(int argc, char **argv, char **envp) __attribute__((weak));

struct args {
	int argc;
	char **argv, **envp;
};

static int
callmain(void *p)
{
	struct args *a = p;
	return __real_main(a->argc, a->argv, a->envp);
}

// The linker puts this in place of main (--wrap).
int __wrap_main(int argc, char **argv, char **envp);

__attribute__((visibility("default"))) int
__wrap_main(int argc, char **argv, char **envp)
{
	struct args a = {argc, argv, envp};
	int status = 0;
	if (getg()) // main calls itself
		return __real_main(argc, argv, envp);
	quitinit();
	int rc = run(callmain, &a, &status, (uintptr_t)__real_main, true);
	if (rc < 0) {
		print("fatal error: the runtime cannot start: %s\n", strerror(-rc));
		osexit(2);
	}
	return status;
}
