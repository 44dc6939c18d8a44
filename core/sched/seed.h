// SPDX-License-Identifier: MIT
//
// seed.h - the deterministic mode, for the scheduler. debug.seeded is set.

#ifndef THRUM_SCHED_SEED_H
#define THRUM_SCHED_SEED_H

#include "core/sched/types.h"

// seedrand returns the next number of the seed's sequence.
uint64_t seedrand(void);
// seednow returns the virtual time in ns. Each look advances it by a microsecond.
uint64_t seednow(void);
// seedpick returns the goroutine that runs next; NULL if none is runnable and no timer is armed. mp
// has the p.
g *seedpick(m *mp);

#endif
