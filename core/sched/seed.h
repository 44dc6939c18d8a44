// SPDX-License-Identifier: MIT
//
// seed.h - the deterministic mode, as the scheduler sees it. debug.seeded is set.

#ifndef THRUM_SCHED_SEED_H
#define THRUM_SCHED_SEED_H

#include "core/sched/types.h"

// seedrand is the next number of the seed's sequence.
uint64_t seedrand(void);
// seednow is the virtual time, ns. Each look at it is a microsecond.
uint64_t seednow(void);
// seedpick returns the goroutine that runs next; NULL when none can and no timer is armed. mp has the p.
g *seedpick(m *mp);

#endif
