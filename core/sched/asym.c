// SPDX-License-Identifier: MIT
//
// asym.c - heavyfence, and the slow ways of the asymmetric Dekker protocol (asym.h).

#include "core/sched/asym.h"

#include "core/base/os.h"

void
heavyfence(void)
{
	if (sched.asymmetric)
		osbarrier();
}

void
waitzero(_Atomic uint32_t *word)
{
	for (unsigned n = 0; loadacq(*word); n++)
		spinwait(n);
}

bool
claimtry(_Atomic uint32_t *claim)
{
	uint32_t v = load(*claim);
	return !(v & ClaimLock) && !(atomic_fetch_or_explicit(claim, ClaimLock, memory_order_acquire) & ClaimLock);
}

void
claimlock(_Atomic uint32_t *claim)
{
	for (unsigned n = 0; !claimtry(claim); n++)
		spinwait(n);
}

void
claimunlock(_Atomic uint32_t *claim)
{
	atomic_fetch_and_explicit(claim, ~(uint32_t)ClaimLock, memory_order_release);
}
