// SPDX-License-Identifier: MIT
//
// world.h - what world_rt.c, inside the runtime, offers to world.c.

#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stdint.h>

void thrum_test_own(void);
bool thrum_test_each(uint64_t patience);
void thrum_test_stopped(void);
uint64_t thrum_test_sum(void);

#endif
