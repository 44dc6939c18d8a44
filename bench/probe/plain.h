// SPDX-License-Identifier: MIT
//
// plain.h - functions of a gcc-built object that thrum code calls and that call it.

#ifndef BENCH_PLAIN_H
#define BENCH_PLAIN_H

#include <stdint.h>

void plain_empty(void);
uint64_t plain_six(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f);
uint64_t plain_ten(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                   uint64_t g, uint64_t h, uint64_t i, uint64_t j);

// Each calls the function above n times, from plain code: a plain call.
void plain_empty_loop(uint64_t n);
uint64_t plain_six_loop(uint64_t n);
uint64_t plain_ten_loop(uint64_t n);

// plain_callback calls fn(arg) n times.
void plain_callback(void (*fn)(void *), void *arg, uint64_t n);

#endif
