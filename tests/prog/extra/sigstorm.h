// SPDX-License-Identifier: MIT
//
// sigstorm.h - what the two halves of the storm of signals share.

#ifndef SIGSTORM_H
#define SIGSTORM_H

#include <signal.h>
#include <stdint.h>

#define SIGSTORM 60 // no program of the suite uses it

// The handler; sigstorm.c, built by thrumcc.
void sigstorm_handler(int sig, siginfo_t *info, void *context);

// sigstorm_again starts the timer of the calling thread, whose handler ends.
void sigstorm_again(const siginfo_t *info, const void *context);

// sigstorm_nested lets the signal come to the calling thread, which is in the handler, once within
// a few microseconds; sigstorm_alone ends that.
void sigstorm_nested(const siginfo_t *info);
void sigstorm_alone(void);

// sigstorm_unwinds tells whether the interrupted code can be unwound.
int sigstorm_unwinds(const void *context);

// sigstorm_random returns the next random number of the calling thread.
uint64_t sigstorm_random(const siginfo_t *info);

// sigstorm_wrong ends the process with a message.
_Noreturn void sigstorm_wrong(const char *what);

#endif
