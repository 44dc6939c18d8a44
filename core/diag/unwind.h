// SPDX-License-Identifier: MIT
//
// unwind.h - from a frame to its caller, by the unwind tables.
//
// Instrumented code and the runtime keep the rbp chain. Foreign code does not, and no code has a
// frame within its prologue. The unwind tables (.eh_frame, System V psABI) are right at every
// instruction. Those of the assembly lead from the system stack back to the goroutine's, so one
// walk goes all the way from a fault in a foreign function.
//
// Rejected: libgcc's unwinder. It allocates and takes locks, it trusts the stack, and it is one
// more library to link.

#ifndef THRUM_DIAG_UNWIND_H
#define THRUM_DIAG_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Registers by their DWARF numbers.
enum { DwRbp = 6, DwRsp = 7, DwPc = 16, NDW };

// A copy of a piece of a stack that does not change during a walk: one system call instead of one
// for each word.
typedef struct stackcopy {
	uintptr_t lo;
	size_t size;
	char bytes[2048];
} stackcopy;

typedef struct regs {
	uintptr_t r[NDW];
	bool exact; // pc is the instruction to be executed next, not a return address
	stackcopy *copy; // NULL: each word is read anew
} regs;

// callerregs makes r the registers of the caller of the function whose frame (rbp) is given.
void callerregs(regs *r, uintptr_t frame);

// unwind replaces r by the caller's registers. Any memory may be damaged. Returns: false at the
// outermost frame, and where the tables are missing or the stack cannot be read.
bool unwind(regs *r);

// routine finds the function of pc in the tables. Returns: its first address, 0 if no table has it.
uintptr_t routine(uintptr_t pc);

#endif
