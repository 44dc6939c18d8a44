// SPDX-License-Identifier: MIT
//
// valgrind.h - tells valgrind, if the program runs under it, where stacks are.
//
// valgrind watches the stack pointer. A large step looks to it like a large frame, and the memory
// below the pointer like dead memory. That is different if both ends of the step lie in stacks that
// it has been told of. A client request is a sequence of instructions that does nothing elsewhere
// (valgrind.h of valgrind, "client requests").

#ifndef THRUM_BASE_VALGRIND_H
#define THRUM_BASE_VALGRIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// valgrind is true if the program runs under valgrind. valgrindinit sets it.
extern bool valgrind;
void valgrindinit(void);

// vgstack: from now on, size bytes from lo are a stack without content. vgstackend: the stack at lo
// is gone.
void vgstack(char *lo, size_t size);
void vgstackend(char *lo);

#endif
