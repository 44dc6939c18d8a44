// SPDX-License-Identifier: MIT
//
// print.h - what the runtime says on stderr, and how it dies.
//
// fatal is for misuse: "fatal error: ...", the goroutine's traceback, exit status 2;
// the text is API. throw is for a broken invariant: "runtime error: ...", the same
// traceback, abort. Both work on any stack and in signal handlers.

#ifndef THRUM_BASE_PRINT_H
#define THRUM_BASE_PRINT_H

// print writes to stderr: %s %d %u %lu %lx %p %c as printf has them. System stack.
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

_Noreturn void fatal(const char *msg);
_Noreturn void throw(const char *msg);

#endif
