// SPDX-License-Identifier: MIT
//
// chan.h - the channel, its queues, and one operation on it: shared by channels and select.

#ifndef THRUM_SYNC_CHAN_H
#define THRUM_SYNC_CHAN_H

#include <errno.h>
#include <string.h>

#include "core/diag/race.h"
#include "core/sync/bias.h"
#include "core/sync/sudog.h"
#include "core/time/timer.h"

typedef struct waitq {
	sudog *first, *last;
} waitq;

// lock protects all fields that are not marked constant.
typedef struct thrum_chan {
	biaslock lock;
	uint32_t count;         // values in buf
	uint32_t cap;           // constant: places in buf
	uint32_t elemsize;      // constant: bytes
	uint32_t sendx, recvx;  // the next places
	uint32_t limit;         // cap, or 0 once closed: there is room to send while count < limit
	waitq recvq;            // recvq or sendq is empty, but for one select that is in both
	waitq sendq;
	bool closed;
	bool timed;             // constant: a timer channel, buf is a chantime
	uint64_t nlost;         // selects taken out of a queue by another case, which have not seen
	                        // it yet
	_Alignas(CACHELINE) char buf[];
} chan;

static_assert(offsetof(chan, sendq) == CACHELINE, "a buffered channel nobody waits for is one cache line and its values");

// The contents of a timer channel, in place of values (timechan.c).
typedef struct chantime {
	timer timer;     // armed while a receiver waits and a value will come
	uint64_t when;   // ns: from then on there is a value; NEVER: there is none
	uint64_t period; // ns; of ticks
	bool ticks;      // constant; false: there is one value only
} chantime;

// The result of an operation.
typedef struct outcome {
	intptr_t rc; // 1: a value was passed; 0: closed; -EAGAIN: not now
	g *wake;     // to be readied once the channel is unlocked
} outcome;

#define NOTNOW ((outcome){-EAGAIN, NULL})

// ---- for TSan --------------------------------------------------------------------
// The uses of place i of the buffer are ordered, one after another: a send before its receive, and
// that receive before the next send into the place. So a value that goes from hand to hand counts
// as having been in the buffer.

#ifdef TSAN
#define RACEPLACES(cap) (cap) // bytes behind the buffer, whose addresses stand for its places
#else
#define RACEPLACES(cap) 0
#endif

static inline const char *
raceplace(const chan *c, uint32_t i)
{
	return c->buf + (size_t)c->cap * c->elemsize + i;
}

// racesent and racereceived speak for gp, which waits, or for the caller if gp is NULL. The value
// comes from elem, or goes there.
static inline void
racesent(chan *c, g *gp, const void *elem)
{
	raceread(gp, elem, c->elemsize);
	racepass(gp, raceplace(c, c->sendx));
}

static inline void
racereceived(chan *c, g *gp, void *elem)
{
	racepass(gp, raceplace(c, c->recvx));
	racewrite(gp, elem, c->elemsize);
}

// ---- values ------------------------------------------------------------------

// All copies of values go through these two functions.

// copysmall copies value j of the array from to value i of the array to, without a call. Returns:
// false, with nothing copied, if values have neither 4 nor 8 bytes.
static inline bool
copysmall(char *to, size_t i, const char *from, size_t j, uint32_t size)
{
	if (__builtin_expect(size == 8, 1))
		__builtin_memcpy(to + i * 8, from + j * 8, 8);
	else if (size == 4)
		__builtin_memcpy(to + i * 4, from + j * 4, 4);
	else
		return false;
	return true;
}

static inline void
copyelem(void *to, const void *from, uint32_t size)
{
	if (!copysmall(to, 0, from, 0, size) && size > 0)
		memcpy(to, from, size);
}

// sent and received count a value that was put into the buffer or taken out.
static inline void
sent(chan *c)
{
	c->sendx = c->sendx + 1 == c->cap ? 0 : c->sendx + 1;
	c->count++;
}

static inline void
received(chan *c)
{
	c->recvx = c->recvx + 1 == c->cap ? 0 : c->recvx + 1;
	c->count--;
}

// putbuf and getbuf move a value into and out of the buffer, which must have room, or a value.
// putbuf is for gp, which waits, or for the caller if gp is NULL.
static inline void
putbuf(chan *c, g *gp, const void *elem)
{
	racesent(c, gp, elem);
	copyelem(c->buf + (size_t)c->sendx * c->elemsize, elem, c->elemsize);
	sent(c);
}

static inline void
getbuf(chan *c, void *elem)
{
	racereceived(c, NULL, elem);
	if (elem)
		copyelem(elem, c->buf + (size_t)c->recvx * c->elemsize, c->elemsize);
	received(c);
}

// handelem copies a value from hand to hand. One side waits; the other is the caller, and NULL.
static inline void
handelem(chan *c, g *sender, const void *from, g *receiver, void *to)
{
	if (to)
		copyelem(to, from, c->elemsize);
#ifdef TSAN
	if (c->cap > 0) {
		racesent(c, sender, from);
		sent(c);
		racereceived(c, receiver, to);
		received(c);
		return;
	}
#endif
	raceread(sender, from, c->elemsize);
	racemeet(sender ? sender : receiver);
	racewrite(receiver, to, c->elemsize);
}

// ---- queues ------------------------------------------------------------------

static inline void
waitput(waitq *q, sudog *s)
{
	s->next = NULL;
	s->prev = q->last;
	s->queued = true;
	if (q->last)
		q->last->next = s;
	else
		q->first = s;
	q->last = s;
}

static inline void
waitremove(waitq *q, sudog *s)
{
	if (s->prev)
		s->prev->next = s->next;
	else
		q->first = s->next;
	if (s->next)
		s->next->prev = s->prev;
	else
		q->last = s->prev;
	s->queued = false;
}

// win decides which of several wakers may wake gp out of a select: the first.
static inline bool
win(g *gp)
{
	uint32_t none = 0;
	return atomic_compare_exchange_strong(&gp->selectdone, &none, 1);
}

// waitget takes the first sudog that still waits out of q. Its caller has the right to wake that
// waiter.
static inline sudog *
waitget(chan *c, waitq *q)
{
	for (;;) {
		sudog *s = q->first;
		if (!s)
			return NULL;
		waitremove(q, s);
		if (!s->isselect || win(s->g))
			return s;
		c->nlost++;
	}
}

// ---- timer channels: timechan.c; c is locked ----------------------------------

// timeready tells whether a caller can receive a value now. timetake receives it.
bool timeready(const chan *c);
void timetake(chan *c, void *elem);
// timefollow must be called when c's queue or its time has changed.
void timefollow(chan *c);
// timeend waits until the timer's function has returned. c is not locked, and not used any more.
void timeend(chan *c);

// ---- operations; c is locked --------------------------------------------------

static inline outcome
handed(sudog *s)
{
	s->success = true;
	s->g->param = s;
	return (outcome){1, s->g};
}

// sendnow sends if that is possible without waiting. rc is 0 if c is closed, or a timer channel.
static inline outcome
sendnow(chan *c, const void *elem)
{
	if (c->closed || c->timed)
		return (outcome){0, NULL};
	sudog *s = waitget(c, &c->recvq);
	if (s) {
		handelem(c, NULL, elem, s->g, s->elem);
		return handed(s);
	}
	if (c->count == c->cap)
		return NOTNOW;
	putbuf(c, NULL, elem);
	return (outcome){1, NULL};
}

// recvnow receives if that is possible without waiting. rc is 0 if c is closed and drained.
static inline outcome
recvnow(chan *c, void *elem)
{
	sudog *s = waitget(c, &c->sendq);
	if (s && c->cap == 0) {
		handelem(c, s->g, s->elem, NULL, elem);
		return handed(s);
	}
	if (c->count > 0) {
		getbuf(c, elem);
		if (!s)
			return (outcome){1, NULL};
		putbuf(c, s->g, s->elem); // the buffer was full
		return handed(s);
	}
	if (c->timed && timeready(c)) {
		timetake(c, elem);
		return (outcome){1, NULL};
	}
	if (!c->closed)
		return NOTNOW;
	raceacquire(&c->closed);
	racewrite(NULL, elem, c->elemsize);
	if (elem)
		memset(elem, 0, c->elemsize);
	return (outcome){0, NULL};
}

// sendclosed ends the process; parkchan calls it too. sendrefused reports why sendnow has returned
// 0.
_Noreturn void sendclosed(void);
_Noreturn void sendrefused(const chan *c);
// parkforever parks without an end.
_Noreturn void parkforever(enum waitreason why);
// channew is thrum_chan_make with more bytes behind the buffer.
chan *channew(size_t elemsize, size_t cap, size_t more);

#endif
