// SPDX-License-Identifier: MIT
// Shows that a panic does not leave a signal handler.
// want: fatal error: panic: from the handler [in a signal handler: the interrupted code cannot be unwound, so recover within the handler]
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <signal.h>

#include "extra/check.h"

static void
handler(int sig)
{
	(void)sig;
	THRUM_TRY {
		thrum_panic("inside");
	} THRUM_CATCH(p) {
		CHECK(strcmp(p->text, "inside") == 0); // within it all is well
	}
	thrum_panic("from the handler");
}

int
main(void)
{
	volatile int zero = 0;
	signal(SIGUSR1, handler);
	THRUM_TRY {
		// getpid: instrumented code is interrupted.
		__asm__ volatile("syscall" : : "a"(39) : "rcx", "r11", "memory");
		for (int i = 0; i < 100; i++)
			zero += i;
		raise(SIGUSR1);
	} THRUM_CATCH(p) {
		puts("never");
	}
	return 0;
}
