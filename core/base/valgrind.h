// SPDX-License-Identifier: MIT
//
// valgrind.h - a program under valgrind tells it where stacks are.
//
// valgrind watches the stack pointer. A large step looks like a large frame to it, and what is left below the pointer like
// dead memory, unless both ends of the step lie in stacks that it has been told of. A client request is a sequence of
// instructions which does nothing elsewhere (valgrind.h of valgrind, "client requests").

#ifndef THRUM_BASE_VALGRIND_H
#define THRUM_BASE_VALGRIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// valgrind is true when the program runs under it; valgrindinit finds out.
extern bool valgrind;
void valgrindinit(void);

// vgstack: size bytes from lo are a stack from now on, without content; vgstackend: no longer.
void vgstack(char *lo, size_t size);
void vgstackend(char *lo);

#endif
