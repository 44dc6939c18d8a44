// SPDX-License-Identifier: MIT
//
// symbol.h - the functions, files and lines at a pc.
//
// libbacktrace reads the debug information, or else the symbol tables. A hash table by pc keeps the
// result as the text that a traceback prints, so a dump of a hundred thousand goroutines costs a
// few lookups. When the table or its text is full, all of it is forgotten and read again.
//
// Only within a report (print.h). Stack: any with 64 KB of room.

#ifndef THRUM_DIAG_SYMBOL_H
#define THRUM_DIAG_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

typedef struct symbol {
	uintptr_t pc;
	const char *text; // two lines for each function at pc, the inlined ones first
	uint16_t len;
	uint16_t shown; // where the text that is not the runtime's begins; len if all is
	uint16_t first; // length of the innermost function's text
} symbol;

// symbolof describes the code at pc. The result is valid until the next call.
const symbol *symbolof(uintptr_t pc);

// symbolrefresh forgets everything if objects have been loaded or unloaded since the last call.
void symbolrefresh(void);

// inruntime tells whether pc is in code of the runtime.
bool inruntime(uintptr_t pc);
// inentry tells whether pc is in a function of the runtime that programs call.
bool inentry(uintptr_t pc);
// inleaf tells whether pc is in a routine of the runtime in which a signal may stop a goroutine
// (leaf.asm).
bool inleaf(uintptr_t pc);

#endif
