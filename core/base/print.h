// SPDX-License-Identifier: MIT
//
// print.h - messages on stderr, and the ends of the process by fatal and throw.
//
// fatal is for misuse: "fatal error: ...", the goroutine's traceback, exit status 2. Its text is
// API. throw is for a broken invariant: "runtime error: ...", the same traceback, abort. Both work
// on any stack and in signal handlers. They are defined in core/diag/crash.c.
//
// A report is a sequence of prints of one thread that stay together. They go to a buffer, and from
// there to the report's file in whole lines. There is one report at a time; another thread that
// wants to begin one waits. Plain prints of other threads are not held back meanwhile.

#ifndef THRUM_BASE_PRINT_H
#define THRUM_BASE_PRINT_H

#include <stdbool.h>
#include <stddef.h>

// print formats like printf, to stderr or into the report that the calling thread has begun. It
// knows %d %u %x with l or z, %s %c %p %%, a width, and 0 before the width. It uses no locale and
// no malloc, so signal handlers may call it. Stack: the system stack.
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
// printn prints n bytes as they are.
void printn(const char *s, size_t n);
// printto formats into buf, cut to size bytes, without a zero at the end. Returns: the length.
size_t printto(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// printbegin begins a report. Returns: false if the calling thread has begun one already.
bool printbegin(int fd);
void printflush(void);
// printend ends the report. Returns: 0, or -errno if some of it could not be written.
int printend(void);
// printforked is for the child of fork, which has no other thread that could end its report.
void printforked(void);

_Noreturn void fatal(const char *msg);
_Noreturn void throw(const char *msg);

#endif
