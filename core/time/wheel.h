// SPDX-License-Identifier: MIT
//
// wheel.h - timers in the order of their times: a hierarchical wheel. No locks, no clock.
//
// Time is counted in ticks of 1.024 us. A slot of level k is 64^k ticks wide. 64 slots are a
// window, which is as wide as one slot of the level above. A level has the slots of two windows:
// the one that holds `cur`, the tick up to which all is done, and the next one. A timer is put into
// the lowest level whose two windows reach its tick, in the slot that its tick has there. So a
// bitmap finds the first slot of a level at once. To add or remove a timer takes a few
// instructions, however many timers there are.
//
// When a slot of level k begins, its timers move down: each timer at most once per level. That must
// not come in bursts: with a hundred thousand sleepers a second, a slot of level 3 holds 13,400,
// and to touch them all takes 5 ms. So with each timer that fires, AHEAD timers move down from the
// next slot of each level. The window to which they move exists already: that is why there are two.
// If timers are left when the slot begins, wheelstep moves them by CHUNKs, and its caller lets
// other threads at the wheel in between. Nothing in lower levels fires before that is done, so
// timers fire in order.
//
// A timer's tick is its time rounded up, so none fires early. The next expiry is known without a
// look into the slots. Level 0 has one tick per slot. Above it, each slot knows its smallest tick
// or, after that timer was taken out, one that is not larger.
//
// Rejected: a heap. Its stop costs the logarithm of the number, and a cache line per level (4-ary
// heap at a million: 20 lines touched). Rejected: a wheel that leaves timers in their coarse slot
// and fires late, as kernels do. Rejected: one window per level, whose slots can be moved only when
// they begin (see above: 2 of 100 sleepers were late by milliseconds).

#ifndef THRUM_TIME_WHEEL_H
#define THRUM_TIME_WHEEL_H

#include "core/sched/types.h"
#include "core/time/timer.h"

#ifndef WHEELBITS
#define WHEELBITS 6
#endif
#ifndef WHEELSHIFT
#define WHEELSHIFT 10 // log2 of the ns in a tick
#endif
#define NSLOT (1u << WHEELBITS)
#define NLEVEL ((64 - WHEELSHIFT + WHEELBITS - 1) / WHEELBITS)
#define CHUNK 32 // timers moved at a time
#define AHEAD 2  // timers of each next slot moved with each one that fires
#define FEW 16   // a slot with at most so many is searched for its smallest tick

typedef struct slot {
	timer *head, *tail;
	uint64_t min; // a tick not above that of any timer in the slot
} slot;

typedef struct wheel {
	uint64_t cur;    // a tick
	uint64_t levels; // bitmap of the levels that are not empty
	uint64_t map[NLEVEL][2]; // of the even and the odd windows: the slots that are not empty
	slot slot[NLEVEL * 2 * NSLOT];
} wheel;

// tickof returns the tick of when, which is at most INT64_MAX.
static inline uint64_t
tickof(uint64_t when)
{
	return (when + (((uint64_t)1 << WHEELSHIFT) - 1)) >> WHEELSHIFT;
}

// place returns the index of the slot of level that tick belongs to.
static inline uint32_t
place(uint64_t tick, uint32_t level)
{
	return level * 2 * NSLOT + ((uint32_t)(tick >> WHEELBITS * level) & (2 * NSLOT - 1));
}

// levelof returns the lowest level whose windows, at cur, reach tick.
static inline uint32_t
levelof(uint64_t tick, uint64_t cur)
{
	uint32_t level = (uint32_t)(63 - __builtin_clzl((tick - cur) | (NSLOT - 1))) / WHEELBITS, low = WHEELBITS * level;
	return level - (level > 0 && (tick >> low) - (cur >> low) <= 1);
}

// wheelidle: the wheel is empty, and the time now (ns) has come.
static inline void
wheelidle(wheel *w, uint64_t now)
{
	if (w->cur < now >> WHEELSHIFT)
		w->cur = now >> WHEELSHIFT;
}

// wheelput adds t. Its when is set.
static inline void
wheelput(wheel *w, timer *t)
{
	uint64_t tick = tickof(t->when);
	if (tick < w->cur)
		tick = w->cur;
	uint32_t level = levelof(tick, w->cur), at = place(tick, level);
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
		w->map[level][at / NSLOT & 1] |= (uint64_t)1 << at % NSLOT;
		w->levels |= (uint64_t)1 << level;
	}
	s->tail = t;
}

// empty: the slot at has lost its last timer.
static inline void
empty(wheel *w, uint32_t at)
{
	uint64_t *map = w->map[at / (2 * NSLOT)];
	w->slot[at].tail = NULL;
	map[at / NSLOT & 1] &= ~((uint64_t)1 << at % NSLOT);
	if ((map[0] | map[1]) == 0)
		w->levels &= ~((uint64_t)1 << at / (2 * NSLOT));
}

// newmin: a timer with the tick gone has left s, which holds others.
static inline void
newmin(slot *s, uint64_t gone)
{
	if (gone > s->min)
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

// wheeldel takes t out.
static inline void
wheeldel(wheel *w, timer *t)
{
	uint32_t at = t->slot - 1u;
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
	if (at >= 2 * NSLOT)
		newmin(s, tickof(t->when));
}

// firstslot returns the index of the first slot of level that is not empty; *start is its first
// tick.
static inline uint32_t
firstslot(const wheel *w, uint32_t level, uint64_t *start)
{
	uint32_t low = WHEELBITS * level;
	uint64_t window = w->cur >> low >> WHEELBITS;
	window += w->map[level][window & 1] == 0;
	uint64_t number = window << WHEELBITS | (uint64_t)__builtin_ctzl(w->map[level][window & 1]);
	*start = number << low;
	return level * 2 * NSLOT + ((uint32_t)number & (2 * NSLOT - 1));
}

// wheelnext returns a time in ns before which no timer is due, NEVER if the wheel is empty.
static inline uint64_t
wheelnext(const wheel *w)
{
	uint64_t start, next = NEVER;
	for (uint64_t levels = w->levels; levels; levels &= levels - 1) {
		uint64_t min = w->slot[firstslot(w, (uint32_t)__builtin_ctzl(levels), &start)].min;
		if (min < next)
			next = min;
	}
	return next == NEVER ? NEVER : next << WHEELSHIFT;
}

// wheelmove moves down at most n timers of the slot at.
static inline void
wheelmove(wheel *w, uint32_t at, uint32_t n)
{
	slot *s = &w->slot[at];
	uint64_t first = NEVER;
	for (; s->head && n > 0; n--) {
		timer *t = s->head;
		if (tickof(t->when) < first)
			first = tickof(t->when);
		s->head = t->next;
		if (s->head) {
			s->head->prev = NULL;
			__builtin_prefetch(s->head->next);
		} else {
			empty(w, at);
		}
		wheelput(w, t);
	}
	if (s->head)
		newmin(s, first);
}

// wheelahead moves down some timers of the slots that begin next.
static inline void
wheelahead(wheel *w)
{
	for (uint64_t levels = w->levels & ~(uint64_t)1; levels; levels &= levels - 1) {
		uint32_t level = (uint32_t)__builtin_ctzl(levels);
		uint32_t at = place(w->cur + ((uint64_t)1 << WHEELBITS * level), level);
		if (w->slot[at].head)
			wheelmove(w, at, AHEAD);
	}
}

// wheelstep does a small part of the work up to now (ns). It takes out a due timer and returns it
// in *due, or moves some timers down and sets *due to NULL. Returns: false if no work is left.
static inline bool
wheelstep(wheel *w, uint64_t now, timer **due)
{
	uint64_t tick = now >> WHEELSHIFT, start = NEVER, s;
	uint32_t at = 0;
	*due = NULL;
	for (uint64_t levels = w->levels; levels; levels &= levels - 1) {
		uint32_t a = firstslot(w, (uint32_t)__builtin_ctzl(levels), &s);
		if (s <= start) { // of two equal ones, the slot of the higher level
			start = s;
			at = a;
		}
	}
	if (start > tick) {
		if (tick > w->cur)
			w->cur = tick;
		return false;
	}
	if (start > w->cur)
		w->cur = start;
	if (at < 2 * NSLOT) {
		*due = w->slot[at].head;
		wheeldel(w, *due);
		wheelahead(w);
	} else {
		wheelmove(w, at, CHUNK);
	}
	return true;
}

#endif
