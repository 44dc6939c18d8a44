// SPDX-License-Identifier: MIT
//
// asm_lose.h - takes the p away from a foreign call, by the thread that it runs on.
//
// A hook on the system stack calls lose, which does what sysmon would. A second thread decides
// where the goroutine goes on.

#ifndef ASM_LOSE_H
#define ASM_LOSE_H

#include <stdbool.h>

// Where the goroutine goes on.
enum how {
	Claimed, // where it is: the p was only looked at
	Idle,    // the p is idle: it is taken again
	Here,    // it waits in the queue; then this thread has a p again
	There,   // ... or another thread has
	NHOW,
};

extern enum how how;

void lose(bool stays); // stays: when the call comes back, the goroutine is locked to this thread
void found(void);      // the goroutine has gone on as how says. On its own stack.

#endif
