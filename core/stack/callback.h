// SPDX-License-Identifier: MIT
//
// callback.h - the records of foreign calls and callbacks, for the assembly and for longjmp.

#ifndef THRUM_STACK_CALLBACK_H
#define THRUM_STACK_CALLBACK_H

#include <stdint.h>

// Bytes from g.sched.sp up to rbp in the frame of a foreign call (foreign.asm).
#define FOREIGNFRAME 96

// The record of a callback, on the system stack at m.sysp (callback.asm): the way back to the
// foreign caller. The stack arguments of the foreign caller lie behind it.
typedef struct cbrecord {
	uintptr_t prev;  // m.sysp before
	uintptr_t bprel; // end of the segment - rbp of the foreign call's frame
	uintptr_t usp;
	uint32_t pin, nseg;
	uintptr_t aside; // m.asideusp | 1 if ClaimAside was set
	uintptr_t rbx;   // of the foreign caller
	uintptr_t rbp;
	uintptr_t ret;   // where the foreign caller goes on
} cbrecord;

#endif
