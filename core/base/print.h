// SPDX-License-Identifier: MIT
//
// print.h - what the runtime says on stderr, and how it dies.
//
// fatal is for misuse: "fatal error: ...", the goroutine's traceback, exit status 2;
// the text is API. throw is for a broken invariant: "runtime error: ...", the same
// traceback, abort. Both work on any stack and in signal handlers.
//
// A report is many prints of one thread that stay together: they go to a buffer, and from
// there to the report's file in whole lines. There is one at a time; another thread that wants
// to begin one waits. What other threads print meanwhile is not held back.

#ifndef THRUM_BASE_PRINT_H
#define THRUM_BASE_PRINT_H

#include <stdbool.h>
#include <stddef.h>

// print writes to stderr, or into the report that the calling thread has begun, what printf would:
// %d %u %x with l or z, %s %c %p %%, a width, 0 before it. No locale, no malloc: safe in
// signal handlers. System stack.
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
// printn prints n bytes as they are.
void printn(const char *s, size_t n);
// printto formats into buf, cut to size bytes, no zero at the end; returns the length.
size_t printto(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// printbegin begins a report; false when the calling thread has begun one already.
bool printbegin(int fd);
void printflush(void);
// printend ends it: 0, or -errno when something could not be written.
int printend(void);
// printforked: the child of fork has no other thread that could end its report.
void printforked(void);

_Noreturn void fatal(const char *msg);
_Noreturn void throw(const char *msg);

#endif
