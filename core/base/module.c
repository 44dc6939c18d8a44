// SPDX-License-Identifier: MIT
//
// module.c - becomes crtthrum.o, which the driver links into every executable and shared object. It
// tells the runtime the module's instrumented text, the ranges in which no signal may stop a
// goroutine, the module's calls of functions of other modules, and its types.

#include "arch/x86_64/cpu.h"
#include "core/base/links.h"
#include "core/base/modules.h"
#include "core/base/typetable.h"
#include "thrum/abi.h"

// Prologues call __morestack by a name that must be defined in the same module: otherwise a shared
// object would take libgcc's. In an executable the runtime's own definition, which is strong, wins.
__asm__(".weak __morestack\n"
	".hidden __morestack\n"
	".type __morestack,@function\n"
	"__morestack:\n\t" JUMP_MORESTACK "\n"); // no .size: gdb would give the runtime's
	                                         // __morestack that one

// Instrumented objects refer to this name, so they cannot be linked without this file.
__asm__(".globl " THRUM_LINK_NAME "\n.hidden " THRUM_LINK_NAME "\n"
	".pushsection .rodata\n" THRUM_LINK_NAME ":\n\t.byte 0\n.popsection\n");

void abi(void) __asm__(THRUM_ABI_NAME);

#define HIDDEN __attribute__((visibility("hidden"), weak))

extern const char __start_thrumtext[] HIDDEN;
extern const char __stop_thrumtext[] HIDDEN;
extern const struct thrum_module __start_thrum_modules[] HIDDEN;
extern const struct thrum_module __stop_thrum_modules[] HIDDEN;
extern struct thrum_nopreempt __start_thrum_nopreempt[] HIDDEN;
extern struct thrum_nopreempt __stop_thrum_nopreempt[] HIDDEN;

extern thrum_typeref __start_thrum_types[] HIDDEN;
extern thrum_typeref __stop_thrum_types[] HIDDEN;
extern struct thrum_link __start_thrum_links[] HIDDEN;
extern struct thrum_link __stop_thrum_links[] HIDDEN;
extern const Elf64_Dyn _DYNAMIC[] HIDDEN;
extern const Elf64_Ehdr __ehdr_start HIDDEN;

// Weak: a static executable has no loader.
void *dlsym(void *, const char *) __attribute__((weak));
void *dlvsym(void *, const char *, const char *) __attribute__((weak));
char *dlerror(void) __attribute__((weak));

// lookup: the loader tells by the return address which module asks, so the calls must not be tail
// calls.
static void *
lookup(const char *name, const char *version)
{
	void *p = version != NULL ? dlvsym(NULL, name, version) : dlsym(NULL, name);
	if (p == NULL)
		dlerror(); // the program's next call of dlerror must not see our error
	__asm__ volatile("" : "+r"(p));
	return p;
}

static __attribute__((constructor(101))) void
enter(void)
{
	struct thrum_linkage links = {__start_thrum_links, __stop_thrum_links, _DYNAMIC, (uintptr_t)&__ehdr_start,
		dlsym != NULL && dlvsym != NULL && dlerror != NULL ? lookup : NULL};
	__asm__ volatile("" : : "r"(abi)); // its address: the loader resolves it before any code of
	                                   // this module runs
	thrum_register_module(__start_thrumtext, __stop_thrumtext, __start_thrum_modules, __stop_thrum_modules, THRUM_ABI,
		__start_thrum_nopreempt, __stop_thrum_nopreempt, &links);
	thrum_register_types(__start_thrum_types, __stop_thrum_types);
}

static __attribute__((destructor(101))) void
leave(void)
{
	thrum_unregister_module(__start_thrumtext);
}
