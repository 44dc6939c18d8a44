// SPDX-License-Identifier: MIT
// Large locals of threads are right in all modes: the program is that of stack_threads_base.c, but
// it does not look at its stack.
#define SEES 0
#include "stack_threads_base.c"
