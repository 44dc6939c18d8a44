// SPDX-License-Identifier: MIT
//
// links.h - calls of functions of other modules.

#ifndef THRUM_BASE_LINKS_H
#define THRUM_BASE_LINKS_H

#include <elf.h>
#include <stdint.h>

// One per function and module, written by the pass (cc/calls.cpp).
struct thrum_link {
	uintptr_t to;         // where a call goes now
	uintptr_t late;       // code that makes the loader bind the function, and runs it on the
	                      // system stack
	uintptr_t def;        // the loader's address of a function that this module defines, or 0
	const char *name;
};

// The data that a module passes to the runtime about itself (core/base/module.c).
struct thrum_linkage {
	struct thrum_link *first, *end;
	const Elf64_Dyn *dynamic; // NULL in a static executable
	uintptr_t base;           // its ELF header
	// lookup finds a symbol as the loader does for this module. version may be NULL. lookup is
	// NULL if there is no loader.
	void *(*lookup)(const char *name, const char *version);
};

// linkmodule makes those links of a module direct that lead to instrumented code. Stack: any.
void linkmodule(const struct thrum_linkage *at);

#endif
