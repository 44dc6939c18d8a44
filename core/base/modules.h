// SPDX-License-Identifier: MIT
//
// modules.h - the executable and the shared objects that thrumcc linked.
//
// The executable is known from the start, because constructors of shared objects may
// call into it before its own run. Each of them brings crtthrum.o, whose constructor names the bounds of its instrumented
// text and its module records. "Is this pc instrumented?" is a search of the
// ranges, which end with size 0; the assembly reads the same table. A table that is full is replaced by a copy
// of twice the size. Readers take no lock and may still be in the old one, so it is never freed: all the old
// ones together are smaller than the current one.
//
// It also brings the list of ranges in which no signal may stop a goroutine (nopreempt.cpp).
// The section is writable: its records become offsets from the start of the text and are put in order, once,
// before the module is one that readers see.

#ifndef THRUM_BASE_MODULES_H
#define THRUM_BASE_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// One per object, written by the pass.
struct thrum_module {
	uint32_t abi;
	uint32_t flags; // THRUM_FPENV
	const char *name;
};

// A range of instrumented code, as the pass writes it: start is relative to the record itself;
// as modules.c keeps it: to the start of the module's text.
struct thrum_nopreempt {
	int32_t start;
	uint32_t size; // bytes
};

struct thrum_linkage;

struct range {
	uintptr_t lo, size;
	// The unsafe ranges within, ascending. Written before lo and size are.
	const struct thrum_nopreempt *first;
	size_t n;
};

extern struct range *thrum_ranges;

// thrum_fpexact is 1 when there is a module with the flag THRUM_FPENV (abi.h), when code that thrumcc has not built runs as a goroutine, or by
// THRUM_DEBUG=fpexact=1: then every switch reads MXCSR and the x87 control word. Otherwise they are
// read where a foreign call may have changed them (arch: know_fp), and the flags that operations
// raised since are not kept over a switch.
extern uint32_t thrum_fpexact;

// thrum_register_module: from the constructor of crtthrum.o; fatal when an object was
// built for another ABI. The records of unsafe ranges are changed in place.
void thrum_register_module(const char *lo, const char *hi, const struct thrum_module *first,
	const struct thrum_module *end, int abi, struct thrum_nopreempt *unsafe, struct thrum_nopreempt *unsafeend,
	const struct thrum_linkage *links);
void thrum_unregister_module(const char *lo);

// modulesinit names the executable itself; it may be called again.
void modulesinit(void);

// instrumented tells whether pc lies in code that thrumcc built.
bool instrumented(uintptr_t pc);
// instrumentedtext: ... but not in the runtime's own calls, which count as such for callers.
bool instrumentedtext(uintptr_t pc);
// nopreempt tells whether pc, of instrumented code, lies in a range in which a goroutine must not be stopped.
// No lock, no call, O(log n): for signal handlers, about the code that they have interrupted.
bool nopreempt(uintptr_t pc);

#endif
