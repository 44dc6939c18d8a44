// SPDX-License-Identifier: MIT
//
// modules.h - the executable and the shared objects that thrumcc linked.
//
// The executable is known from the start, because constructors of shared objects may call into it
// before its own constructor runs. Each module contains crtthrum.o, whose constructor passes the
// bounds of the module's instrumented text and its module records. To answer whether a pc is
// instrumented, the ranges are searched up to one of size 0; the assembly reads the same table. A
// full table is replaced by a copy of twice the size. Readers take no lock and may still be in the
// old table, so it is never freed: all old tables together are smaller than the current one.
//
// A module also passes the list of ranges in which no signal may stop a goroutine (nopreempt.cpp).
// That section is writable: its records become offsets from the start of the text and are sorted,
// once, before readers can see the module.

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

// A range of instrumented code. As the pass writes it, start is relative to the record itself. As
// modules.c keeps it, start is relative to the module's text.
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

// thrum_fpexact is 1 if a module has the flag THRUM_FPENV (abi.h), if code that thrumcc has not
// built runs as a goroutine, or by THRUM_DEBUG=fpexact=1. Then every switch reads MXCSR and the x87
// control word. Otherwise they are read where a foreign call may have changed them (arch: know_fp),
// and the exception flags that operations have raised since are not kept over a switch.
extern uint32_t thrum_fpexact;

// thrum_register_module is called by the constructor of crtthrum.o. It changes the records of
// unsafe ranges in place. Errors: fatal if an object was built for another ABI.
void thrum_register_module(const char *lo, const char *hi, const struct thrum_module *first,
	const struct thrum_module *end, int abi, struct thrum_nopreempt *unsafe, struct thrum_nopreempt *unsafeend,
	const struct thrum_linkage *links);
void thrum_unregister_module(const char *lo);

// modulesinit adds the executable itself. It may be called again.
void modulesinit(void);

// instrumented tells whether pc lies in code that thrumcc built.
bool instrumented(uintptr_t pc);
// instrumentedtext is instrumented, but false for the runtime's own calls, which count as
// instrumented for callers.
bool instrumentedtext(uintptr_t pc);
// nopreempt tells whether pc, of instrumented code, lies in a range in which a goroutine must not
// be stopped. It is for signal handlers, about the code that they have interrupted: it takes no
// lock, calls nothing, and is O(log n).
bool nopreempt(uintptr_t pc);

#endif
