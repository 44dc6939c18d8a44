// SPDX-License-Identifier: MIT
//
// unwind.h - from a frame to its caller, by the unwind tables.
//
// Instrumented code and the runtime keep the rbp chain, foreign code does not, and no code
// does in its prologue. The tables (.eh_frame, System V psABI) are right at every
// instruction. Those of the assembly lead from the system stack back to the
// goroutine's, so one walk goes all the way from a fault in a foreign function.
//
// Rejected: libgcc's unwinder. It allocates and takes locks, it trusts the stack, and it
// is one more library to link.

#ifndef THRUM_DIAG_UNWIND_H
#define THRUM_DIAG_UNWIND_H

#include <stdbool.h>
#include <stdint.h>

// Registers by their DWARF numbers.
enum { DwRbp = 6, DwRsp = 7, DwPc = 16, NDW };

typedef struct regs {
	uintptr_t r[NDW];
	bool exact; // pc is the instruction that is to be executed, not a return address
} regs;

// callerregs makes r that of the caller of the function whose frame (rbp) this is.
void callerregs(regs *r, uintptr_t frame);

// unwind replaces r by the caller's registers. False at the outermost frame, and where the
// tables are missing or the stack cannot be read. Any memory may be damaged.
bool unwind(regs *r);

// routine returns where the function of pc begins by the tables, 0 where they know none.
uintptr_t routine(uintptr_t pc);

#endif
