// SPDX-License-Identifier: MIT
//
// scan.h - what scan_rt.c, inside the runtime, offers to scan.c.

#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A goroutine that begins in the planter gets one of these, and holds its value while others walk.
struct word {
	uint64_t value;
	uint32_t visits, found; // in this walk
	uint32_t kind;          // of those before MANYKINDS there are many, which only wait
};
#define MANYKINDS 4

int thrum_test_begin(void (*planter)(void *word), uint64_t patience);
bool thrum_test_some(size_t n);
void thrum_test_end(void);
// Goroutines that do not begin in the planter, and were visited: in this walk.
uint64_t thrum_test_others(void);
// A whole walk that adds up all words of all goroutines. Returns: the goroutines visited.
uint64_t thrum_test_sum(uint64_t *sum);

#endif
