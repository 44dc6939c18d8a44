// SPDX-License-Identifier: MIT
// cflags: -DWHEELBITS=2 -DWHEELSHIFT=3
//
// wheel_test.c - the timer wheel beside a plain array that is searched from end to end. With four
// slots per level and ticks of 8 ns every step crosses levels. THRUM_SEED is the seed.

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/time/wheel.h"

#define N 300
#define TICK ((uint64_t)1 << WHEELSHIFT)

static timer t[N];
static uint64_t placed[N]; // the tick that it counts for: not in the past when it was put in
static wheel w;
static uint64_t rng, now;

static uint64_t
rnd(uint64_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng % n;
}

static void
seed(void)
{
	const char *s = getenv("THRUM_SEED");
	rng = s ? strtoull(s, NULL, 10) * 2 + 1 : (uint64_t)time(NULL) * 2 + 1;
	printf("THRUM_SEED=%lu\n", (unsigned long)(rng / 2));
}

static uint64_t
due(const timer *x)
{
	return (x->when + TICK - 1) / TICK * TICK;
}

// least is the reference: when the first of all is due.
static uint64_t
least(void)
{
	uint64_t min = NEVER;
	for (int i = 0; i < N; i++)
		if (t[i].slot && due(&t[i]) < min)
			min = due(&t[i]);
	return min;
}

static void
put(timer *x)
{
	placed[x - t] = tickof(x->when) > w.cur ? tickof(x->when) : w.cur;
	wheelput(&w, x);
}

static uint64_t
leastplace(void)
{
	uint64_t min = NEVER;
	for (int i = 0; i < N; i++)
		if (t[i].slot && placed[i] < min)
			min = placed[i];
	return min;
}

// shape: every timer is in the list and bit that belong to it, and nothing else is.
static void
shape(void)
{
	size_t listed = 0, here = 0;
	for (uint32_t level = 0; level < NLEVEL; level++) {
		cr_assert_eq((w.map[level][0] | w.map[level][1]) != 0, w.levels >> level & 1);
		for (uint32_t d = 0; d < 2 * NSLOT; d++) {
			const slot *s = &w.slot[level * 2 * NSLOT + d];
			cr_assert_eq(s->head != NULL, w.map[level][d / NSLOT] >> d % NSLOT & 1);
			const timer *before = NULL;
			for (const timer *x = s->head; x; before = x, x = x->next) {
				listed++;
				cr_assert_eq(x->prev, before);
				cr_assert_eq(x->slot, level * 2 * NSLOT + d + 1);
				cr_assert(level == 0 || tickof(x->when) >= s->min);
				uint64_t window = placed[x - t] >> WHEELBITS * level >> WHEELBITS;
				cr_assert_leq(window - (w.cur >> WHEELBITS * level >> WHEELBITS), 1, "the slot means one time only");
				cr_assert_eq(placed[x - t] >> WHEELBITS * level & (2 * NSLOT - 1), d);
			}
			cr_assert(!s->head || s->tail == before);
		}
	}
	for (int i = 0; i < N; i++)
		here += t[i].slot != 0;
	cr_assert_eq(listed, here);
}

// far is a distance of any size, the small ones and powers of four more often.
static uint64_t
far(uint64_t most)
{
	switch (rnd(4)) {
	case 0:
		return rnd(4 * TICK);
	case 1:
		return ((uint64_t)1 << rnd(most)) + rnd(3) - 1;
	default:
		return rnd((uint64_t)1 << rnd(most));
	}
}

static void
fireall(bool often)
{
	timer *x;
	while (wheelstep(&w, now, &x)) {
		if (often)
			shape();
		if (!x)
			continue;
		cr_assert_leq(x->when, now, "never early");
		cr_assert_eq(x->slot, 0);
		cr_assert_geq(leastplace(), placed[x - t], "in the order of ticks");
	}
	cr_assert_gt(least(), now, "none is lost or late");
}

static void
churn(int ops, uint64_t most, int density, bool often)
{
	for (int op = 0; op < ops; op++) {
		timer *x = &t[rnd((uint64_t)density)];
		if (rnd(3) && x->slot) {
			wheeldel(&w, x);
		} else if (!x->slot) {
			x->when = now + far(most);
			if (rnd(20) == 0)
				x->when = now - rnd(now < 100 ? now + 1 : 100); // too late already
			put(x);
		}
		if (often)
			shape();
		cr_assert_leq(wheelnext(&w), least() > now ? least() : now, "never told too late");
		cr_assert_eq(wheelnext(&w) == NEVER, least() == NEVER);
		switch (rnd(8)) {
		case 0:
			now += far(most < 45 ? most : 45); // below INT64_MAX all the time
			break;
		case 1:
			if (wheelnext(&w) != NEVER && wheelnext(&w) > now)
				now = wheelnext(&w) - rnd(2);
			break;
		case 2:
			if (!w.levels)
				wheelidle(&w, now);
			break;
		case 3:
		case 4:
			fireall(often);
			break;
		case 5: { // one step only: a slot is half moved
			timer *y;
			if (wheelstep(&w, now, &y) && y)
				cr_assert_leq(y->when, now);
		}
		}
	}
	now += (uint64_t)1 << most;
	fireall(often);
}

Test(wheel, near) { seed(); churn(20000, 12, 20, true); }
Test(wheel, crowd) { seed(); churn(30000, 10, N, true); }
Test(wheel, distant) { seed(); churn(20000, 60, 40, true); }
Test(wheel, mixed) { seed(); for (uint64_t most = 4; most < 50; most++) churn(3000, most, N, false); }

// For an m that sleeps until wheelnext, a stopped timer costs no wake-up while a slot has few
// timers.
Test(wheel, exact)
{
	seed();
	for (int op = 0; op < 200000; op++) {
		timer *x = &t[rnd(FEW)];
		if (x->slot) {
			wheeldel(&w, x);
		} else {
			x->when = now + 1 + far(40);
			put(x);
		}
		cr_assert_eq(wheelnext(&w), least());
		if (rnd(4) == 0) {
			now += far(30);
			fireall(false);
		}
	}
}

// While timers fire, those of the next slots move down: when such a slot begins, nothing is left of
// it.
Test(wheel, ahead)
{
	seed();
	int bursts = 0, fired = 0;
	timer *x;
	for (int i = 0; i < N; i++) {
		t[i].when = now + TICK * 8 + (uint64_t)i * TICK * 2 + rnd(TICK);
		put(&t[i]);
	}
	for (int op = 0; op < 10 * N; op++, now += TICK)
		while (wheelstep(&w, now, &x)) {
			if (!x) {
				bursts++;
				continue;
			}
			fired++;
			cr_assert_leq(now - x->when, TICK, "never later than its tick");
			x->when = now + (uint64_t)N * TICK * 2;
			put(x);
			shape();
		}
	cr_assert_geq(fired, 3 * N);
	cr_assert_leq(bursts, fired / 20, "%d moves in a slot's own time for %d timers", bursts, fired);
}

// A full slot that nothing fires before moves in steps.
Test(wheel, steps)
{
	timer *x;
	for (int i = 0; i < N; i++) {
		t[i].when = 100 * TICK + (uint64_t)i % 12 * TICK; // in one slot of level 2
		put(&t[i]);
	}
	now = 96 * TICK;
	int steps = 0;
	for (; wheelstep(&w, now, &x); steps++) {
		cr_assert_null(x);
		shape();
	}
	cr_assert_geq(steps, N / CHUNK);
	int n = 0;
	for (now = 100 * TICK; now < 116 * TICK; now += TICK)
		while (wheelstep(&w, now, &x))
			if (x) {
				n++;
				cr_assert_eq(x->when, now);
			}
	cr_assert_eq(n, N);
}
