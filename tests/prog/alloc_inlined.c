// SPDX-License-Identifier: MIT
// Shows that an inlined allocation gives an object to one goroutine only, and that it is zeroed:
// goroutines on three Ps allocate by constant sizes while signals stop them every 20 us.
// thrum-only
// env: THRUM_PROCS=3
// env: THRUM_DEBUG=preemptstorm=20
// out: ok
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define GOROUTINES 9
#define HELD 60
#define ROUNDS 1500

// Each word of an object tells its owner: two that have the same object see it.
#define KINDS(f) f(8) f(16) f(24) f(64) f(112) f(256)
#define KIND(bytes) \
	typedef struct { uint64_t word[bytes / 8]; } t##bytes; \
	static void \
	hold##bytes(uint64_t owner, bool manual) \
	{ \
		t##bytes *p[HELD]; \
		for (uint64_t i = 0; i < HELD; i++) { \
			p[i] = manual ? thrum_malloc(bytes) : thrum_new(t##bytes); \
			for (int k = 0; k < bytes / 8; k++) { \
				CHECK(manual || p[i]->word[k] == 0); \
				p[i]->word[k] = owner + i; \
			} \
		} \
		for (uint64_t i = 0; i < HELD; i++) { \
			for (int k = 0; k < bytes / 8; k++) \
				CHECK(p[i]->word[k] == owner + i); \
			thrum_free(p[i]); \
		} \
	}
KINDS(KIND)

static thrum_wg wg;

static void
work(void *arg)
{
	uint64_t owner = (uint64_t)(uintptr_t)arg << 32;
	for (int round = 0; round < ROUNDS; round++) {
#define HOLD(bytes) hold##bytes(owner + (uint64_t)round * HELD, round & 1);
		KINDS(HOLD)
	}
	thrum_wg_done(&wg);
}

// Nothing but inlined allocations: it gives way in them.
static void
spin(void *stop)
{
	static void *kept;
	while (!atomic_load((atomic_bool *)stop)) {
		void *old = kept;
		kept = thrum_malloc(48);
		if (old)
			thrum_free(old);
	}
	thrum_free(kept);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_memstats st;
	static atomic_bool stop;
	thrum_wg_add(&wg, GOROUTINES);
	for (uintptr_t i = 1; i <= GOROUTINES; i++)
		CHECK(thrum_go(work, (void *)i) == 0);
	thrum_wg_wait(&wg);
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(spin, &stop) == 0);
	thrum_yield();
	thrum_sleep(1000000);
	atomic_store(&stop, true);
	thrum_wg_wait(&wg);
	thrum_get_memstats(&st);
	CHECK(st.inuse < 1000);
	puts("ok");
	return 0;
}
