// SPDX-License-Identifier: MIT
// A foreign start routine. The processor traps after each instruction from its beginning on.
#include <setjmp.h>
#include <signal.h>

struct job {
	int (*enter)(void *, jmp_buf *, int, int, int, int, int); // the last is on the stack
	void *arg;
	int jumps;
};

void *
steppedthread(void *p)
{
	struct job *j = p;
	jmp_buf back;
	volatile int rounds = 0;
	raise(SIGUSR1);
	while (rounds++ < 3) {
		int rc = setjmp(back);
		if (rc == 0)
			rc = j->enter(j->arg, j->jumps ? &back : 0, 1, 2, 3, 4, 5);
		if (rc != 7)
			return "the result of a call";
	}
	return 0;
}
