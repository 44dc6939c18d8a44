// SPDX-License-Identifier: MIT
//
// wheel.h - timers in the order of their times: a hierarchical wheel. No locks, no clock.
//
// Time is counted in ticks of 1.024 us. Level 0 has a slot for each of the next 64 ticks, level k for
// each 64^k of them. The level of a timer is that of the highest digit, to the base of 64, in which
// its tick differs from `cur`, the tick up to which all is done; its slot there is that
// digit. So what is in a lower level comes before what is in a higher one, and within a level the
// slots come in the order of their digits, without going round: the first bit of a bitmap finds
// the next one. A timer is put and taken in a few instructions, however many there are.
//
// When a slot of level k begins, its timers move down: each at most once per level. A slot may
// hold a million of them; so wheelstep moves CHUNK at a time, and its caller lets others at the wheel in
// between. `half` is the slot that is half moved: the one at cur's own digit in its level, where no new
// timer gets, and no other timer fires before it is done, so that they fire in their order.
//
// A timer's tick is its time rounded up, so none fires early, and the next expiry is
// known without a look into the slot: level 0 has one tick per slot, and above each slot knows
// the smallest tick in it, or, after that one was taken out, one that is not larger.
//
// Rejected: a heap, whose stop costs the logarithm and a cache line per level (4-ary heap at a million:
// 20 lines touched); a wheel that leaves timers in their coarse slot and fires late, as kernels do.

#ifndef THRUM_SYNC_WHEEL_H
#define THRUM_SYNC_WHEEL_H

#include "core/sched/types.h"
#include "core/sync/timer.h"

#ifndef WHEELBITS
#define WHEELBITS 6
#endif
#ifndef WHEELSHIFT
#define WHEELSHIFT 10 // log2 of the ns in a tick
#endif
#define NSLOT (1u << WHEELBITS)
#define NLEVEL ((64 - WHEELSHIFT + WHEELBITS - 1) / WHEELBITS)
#define CHUNK 32 // timers moved at a time
#define FEW 16   // a slot with at most so many is looked through for its smallest tick

typedef struct slot {
	timer *head, *tail;
	uint64_t min; // a tick not above that of any timer here
} slot;

typedef struct wheel {
	uint64_t cur;    // a tick
	uint32_t half;   // the slot that is half moved, from 1
	uint64_t levels; // which are not empty
	uint64_t map[NLEVEL]; // which slots are not empty
	slot slot[NLEVEL * NSLOT];
} wheel;

// tickof: when is at most INT64_MAX.
static inline uint64_t
tickof(uint64_t when)
{
	return (when + (((uint64_t)1 << WHEELSHIFT) - 1)) >> WHEELSHIFT;
}

static inline uint32_t
digit(uint64_t tick, uint32_t level)
{
	return (uint32_t)(tick >> WHEELBITS * level) & (NSLOT - 1);
}

// wheelidle: nothing is in the wheel, and now (ns) has come.
static inline void
wheelidle(wheel *w, uint64_t now)
{
	if (w->cur < now >> WHEELSHIFT)
		w->cur = now >> WHEELSHIFT;
}

// wheelput adds t, whose when is set.
static inline void
wheelput(wheel *w, timer *t)
{
	uint64_t tick = tickof(t->when);
	if (tick < w->cur)
		tick = w->cur;
	uint64_t differ = (tick ^ w->cur) | (NSLOT - 1);
	uint32_t level = (uint32_t)(63 - __builtin_clzl(differ)) / WHEELBITS, at = level * NSLOT + digit(tick, level);
	slot *s = &w->slot[at];
	t->slot = (uint16_t)(at + 1);
	t->next = NULL;
	t->prev = s->tail;
	if (s->tail) {
		s->tail->next = t;
		if (tick < s->min)
			s->min = tick;
	} else {
		s->head = t;
		s->min = tick;
		w->map[level] |= (uint64_t)1 << digit(tick, level);
		w->levels |= (uint64_t)1 << level;
	}
	s->tail = t;
}

// empty: the slot at has lost its last timer.
static inline void
empty(wheel *w, uint32_t at)
{
	uint32_t level = at / NSLOT;
	w->slot[at].tail = NULL;
	if ((w->map[level] &= ~((uint64_t)1 << at % NSLOT)) == 0)
		w->levels &= ~((uint64_t)1 << level);
	if (w->half == at + 1)
		w->half = 0;
}

// wheeldel takes t out.
static inline void
wheeldel(wheel *w, timer *t)
{
	uint32_t at = t->slot - 1u, level = at / NSLOT;
	slot *s = &w->slot[at];
	t->slot = 0;
	if (t->prev)
		t->prev->next = t->next;
	else
		s->head = t->next;
	if (t->next)
		t->next->prev = t->prev;
	else
		s->tail = t->prev;
	if (!s->head) {
		empty(w, at);
		return;
	}
	if (level == 0 || tickof(t->when) > s->min)
		return;
	uint64_t min = NEVER;
	uint32_t n = 0;
	for (timer *u = s->head; u; u = u->next) {
		uint64_t tick = tickof(u->when);
		if (tick <= s->min || ++n > FEW)
			return; // another as early, or too many to look at
		if (tick < min)
			min = tick;
	}
	s->min = min;
}

// wheelnext returns the time in ns before which none is due, NEVER when the wheel is empty.
static inline uint64_t
wheelnext(const wheel *w)
{
	if (!w->levels)
		return NEVER;
	uint32_t level = (uint32_t)__builtin_ctzl(w->levels);
	uint64_t min = w->slot[level * NSLOT + (uint32_t)__builtin_ctzl(w->map[level])].min;
	if (w->half && w->slot[w->half - 1].min < min)
		min = w->slot[w->half - 1].min;
	return min << WHEELSHIFT;
}

// wheelmove moves some timers of the slot at down.
static inline void
wheelmove(wheel *w, uint32_t at)
{
	slot *s = &w->slot[at];
	w->half = at + 1;
	for (uint32_t n = 0; s->head && n < CHUNK; n++) {
		timer *t = s->head;
		s->head = t->next;
		if (s->head) {
			s->head->prev = NULL;
			__builtin_prefetch(s->head->next);
		} else {
			empty(w, at);
		}
		wheelput(w, t);
	}
}

// wheelstep does a little of what is to be done until now (ns): takes a timer that is due out
// and returns it in *due, or moves some down. False: nothing is left to do.
static inline bool
wheelstep(wheel *w, uint64_t now, timer **due)
{
	uint64_t tick = now >> WHEELSHIFT;
	*due = NULL;
	if (w->half) {
		wheelmove(w, w->half - 1);
		return true;
	}
	if (w->levels) {
		uint32_t level = (uint32_t)__builtin_ctzl(w->levels), low = WHEELBITS * level;
		uint32_t d = (uint32_t)__builtin_ctzl(w->map[level]);
		uint64_t above = low + WHEELBITS < 64 ? w->cur >> (low + WHEELBITS) << (low + WHEELBITS) : 0;
		uint64_t start = above | (uint64_t)d << low;
		if (start <= tick) {
			if (start > w->cur)
				w->cur = start;
			if (level == 0) {
				*due = w->slot[d].head;
				wheeldel(w, *due);
			} else {
				wheelmove(w, level * NSLOT + d);
			}
			return true;
		}
	}
	if (tick > w->cur)
		w->cur = tick;
	return false;
}

#endif
