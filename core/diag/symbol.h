// SPDX-License-Identifier: MIT
//
// symbol.h - what is at a pc: functions, files, lines.
//
// libbacktrace reads the debug information, or the symbol tables; what it says about a
// pc is kept, as the text that a traceback prints, in a hash table by pc. So a dump of a
// hundred thousand goroutines costs a few lookups. When the table or its text is
// full, all of it is forgotten and read again.
//
// Only within a report (print.h), on a stack with 64 KB of room.

#ifndef THRUM_DIAG_SYMBOL_H
#define THRUM_DIAG_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

typedef struct symbol {
	uintptr_t pc;
	const char *text; // two lines for each function at pc, those that are inlined first
	uint16_t len;
	uint16_t shown; // where that begins which is not the runtime's own; len when all of it is
	uint16_t first; // bytes of the innermost function
} symbol;

// symbolof tells what is at pc. Valid until the next call.
const symbol *symbolof(uintptr_t pc);

// symbolrefresh forgets everything if objects were loaded or unloaded since.
void symbolrefresh(void);

// inruntime tells whether pc is in the runtime.
bool inruntime(uintptr_t pc);
// inentry: in a function of it that programs call.
bool inentry(uintptr_t pc);
// inleaf: in those routines of it in which a signal may stop a goroutine (leaf.asm).
bool inleaf(uintptr_t pc);

#endif
