// SPDX-License-Identifier: MIT
//
// exception.h - the functions that an unwinder calls in the runtime. Each has the form of a
// personality routine of the Itanium C++ ABI: actions are Unwind*, kind names the language, the
// result is UnwindContinue.

#ifndef THRUM_PANIC_EXCEPTION_H
#define THRUM_PANIC_EXCEPTION_H

#include <stdint.h>

enum { UnwindCleanup = 2, UnwindForced = 8, UnwindContinue = 8 };

int unwindcallback(int version, int actions, uint64_t kind, void *exception, void *context);
int unwindforeign(int version, int actions, uint64_t kind, void *exception, void *context);
int unwindplain(int version, int actions, uint64_t kind, void *exception, void *context);

#endif
