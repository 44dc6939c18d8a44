// SPDX-License-Identifier: MIT
//
// chan.c - channels. Go's, with its rules:
//
//	                  open                               closed          NULL
//	send              waits for a receiver or a place    fatal error     waits for ever
//	receive           waits for a value                  what is left, then zero and false
//	                                                                     waits for ever
//	close             wakes all who wait                 fatal error     fatal error
//
// Values are received in the order in which they were sent, and the longest waiter is served first.
// If one side already waits, a value goes directly from the sender's memory to the receiver's: a
// local whose address is taken lies where no stack moves. Otherwise the value goes through the ring
// in the channel. Each value is copied once or twice, and nothing is allocated for it.
//
// One lock protects the whole channel (bias.h). An operation that need not wait is the lock, four
// comparisons and the copy; only that is inlined into the public call. Otherwise the caller puts
// its sudog into a queue and parks, which ends the section. The thread that takes the sudog out of
// the queue does the waiter's operation, and wakes the waiter afterwards. No thread touches a
// channel after it has left the section, so the partner may free the channel.
//
// The waker puts the woken goroutine into its p's next slot. Mostly the waker parks right after,
// and the two take turns on one p, in one time slice.

#include "core/sync/chan.h"

#include <stdlib.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/preempt/preempt.h"

// ---- waiting -----------------------------------------------------------------

static inline sudog *
queue(g *gp, chan *c, void *elem, bool send)
{
	sudog *s = &gp->sudog;
	s->elem = elem;
	s->obj = c;
	s->link = NULL;
	s->isselect = s->success = false;
	s->send = send;
	gp->waiting = s;
	waitput(send ? &c->sendq : &c->recvq, s);
	if (c->timed)
		timefollow(c);
	return s;
}

static __attribute__((noinline)) bool
threadwait(chan *c, void *elem, bool send, sectionword *w)
{
	threadg t;
	sudog *s = queue(threadbegin(&t), c, elem, send);
	parksection(&t.g, send ? WaitChanSend : WaitChanRecv, w);
	if (send && !s->success)
		sendclosed();
	return s->success;
}

// await waits in c's queue and ends the section. It must be the last step of an operation: a
// goroutine that is resumed returns to its caller from here. Returns: false if c was closed.
static inline bool
await(chan *c, void *elem, bool send, sectionword *w)
{
	g *gp = goroutine();
	if (!gp)
		return threadwait(c, elem, send, w);
	queue(gp, c, elem, send);
	parkreason(gp, send ? WaitChanSend : WaitChanRecv, w);
	return parkchan(gp, w, thrum_m);
}

static __attribute__((noinline)) void
threadforever(enum waitreason why)
{
	threadg t;
	waitpark(threadbegin(&t), why, NULL, NULL);
}

_Noreturn void
parkforever(enum waitreason why)
{
	for (;;)
		if (goroutine())
			gopark(why, NULL, NULL);
		else
			threadforever(why);
}

// ---- send and receive ----------------------------------------------------------

_Noreturn void
sendclosed(void)
{
	fatal("send on closed channel");
}

_Noreturn void
sendrefused(const chan *c)
{
	if (c->timed)
		fatal("send on a timer channel: only its timer sends there");
	sendclosed();
}

// sendtry and its neighbours are not inlined. The section w has begun.

static __attribute__((noinline)) int
sendtry(chan *c, const void *elem, sectionword *w)
{
	outcome o = sendnow(c, elem);
	endsection(w);
	if (o.rc == 0)
		sendrefused(c);
	if (o.wake)
		goready(o.wake);
	return (int)o.rc;
}

static __attribute__((noinline)) int
recvtry(chan *c, void *elem, sectionword *w)
{
	outcome o = recvnow(c, elem);
	endsection(w);
	if (o.wake)
		goready(o.wake);
	return (int)o.rc;
}

static __attribute__((noinline)) bool
sendwait(chan *c, const void *elem, sectionword *w)
{
	outcome o = sendnow(c, elem);
	if (o.rc == -EAGAIN)
		return await(c, (void *)elem, true, w);
	endsection(w);
	if (o.rc == 0)
		sendrefused(c);
	if (o.wake)
		goready(o.wake);
	return true;
}

static __attribute__((noinline)) bool
recvwait(chan *c, void *elem, sectionword *w)
{
	outcome o = recvnow(c, elem);
	if (o.rc == -EAGAIN)
		return await(c, elem, false, w);
	endsection(w);
	if (o.wake)
		goready(o.wake);
	return o.rc;
}

// The public calls inline the operations that need no other goroutine, with a lock that is biased
// to the caller's p and values of 4 or 8 bytes. They call nothing, but leave to the function that
// does the rest, so they save no registers.

// callersp is getp for a function that PARKS has brought home: it does not run during a foreign
// call.
static inline p *
callersp(void)
{
	m *mp = thrum_m;
	return __builtin_expect(mp != NULL, 1) ? load(mp->p) : NULL;
}

static inline bool
sendfast(chan *c, const void *elem, p *pp)
{
	if (__builtin_expect(c->count >= c->limit || c->recvq.first, 0))
		return false;
	if (!copysmall(c->buf, c->sendx, elem, 0, c->elemsize))
		return false;
	racesent(c, NULL, elem);
	sent(c);
	endsection(&pp->section);
	return true;
}

static inline bool
recvfast(chan *c, void *elem, p *pp)
{
	if (__builtin_expect(c->count == 0 || c->sendq.first || !elem, 0))
		return false;
	if (!copysmall(elem, 0, c->buf, c->recvx, c->elemsize))
		return false;
	racereceived(c, NULL, elem);
	received(c);
	endsection(&pp->section);
	return true;
}

static __attribute__((noinline)) bool
sendlocked(chan *c, const void *elem, p *pp)
{
	return sendwait(c, elem, keylock(&c->lock, pp));
}

static __attribute__((noinline)) bool
recvlocked(chan *c, void *elem, p *pp)
{
	return recvwait(c, elem, keylock(&c->lock, pp));
}

PARKS void
thrum_chan_send(thrum_chan *c, const void *elem)
{
	if (!c)
		parkforever(WaitChanSendNil);
	p *pp = callersp();
	if (!biased(&c->lock, pp))
		sendlocked(c, elem, pp);
	else if (!sendfast(c, elem, pp))
		sendwait(c, elem, &pp->section);
}

PARKS bool
thrum_chan_recv(thrum_chan *c, void *elem)
{
	if (!c)
		parkforever(WaitChanRecvNil);
	p *pp = callersp();
	if (!biased(&c->lock, pp))
		return recvlocked(c, elem, pp);
	return recvfast(c, elem, pp) ? true : recvwait(c, elem, &pp->section);
}

// Tries may come from a signal handler, which may have interrupted anything: a section, a lock's
// holder, a foreign call whose p may be taken away. There they do not wait and do not wake, because
// a run queue may be half changed.

// inhandler tells whether the caller is off the goroutine's stack; all callers but handlers are on
// it.
static __attribute__((noinline)) bool
inhandler(void)
{
	const m *mp = thrum_m;
	const g *gp = getg();
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	if (!mp || !gp)
		return false;
	return sp - (uintptr_t)mp->gsignal < mp->sigsize || gp->goid == 0 || sp - (uintptr_t)gp->stacklo >= gp->stacksize;
}

// unsafe: a handler must not begin a section of pp. It would also end the interrupted code's
// section, or the p may soon be another thread's.
static inline bool
unsafe(const m *mp, const p *pp)
{
	return pp && __builtin_expect(load(pp->section) | load(mp->incall) | load(mp->claim), 0) && inhandler();
}

static __attribute__((noinline)) int
sendhandler(chan *c, const void *elem)
{
	sectionword *w = keytry(&c->lock);
	if (!w)
		return -EAGAIN;
	outcome o = c->recvq.first ? NOTNOW : sendnow(c, elem);
	endsection(w);
	if (o.rc == 0)
		sendrefused(c);
	return (int)o.rc;
}

static __attribute__((noinline)) int
recvhandler(chan *c, void *elem)
{
	sectionword *w = keytry(&c->lock);
	if (!w)
		return -EAGAIN;
	outcome o = c->sendq.first || c->timed ? NOTNOW : recvnow(c, elem);
	endsection(w);
	return (int)o.rc;
}

static __attribute__((noinline)) int
sendslow(chan *c, const void *elem, p *pp)
{
	return inhandler() ? sendhandler(c, elem) : sendtry(c, elem, keylock(&c->lock, pp));
}

static __attribute__((noinline)) int
recvslow(chan *c, void *elem, p *pp)
{
	return inhandler() ? recvhandler(c, elem) : recvtry(c, elem, keylock(&c->lock, pp));
}

// sendrest and recvrest do operations that the section of pp could not do at once. In a handler
// they do not wake.
static __attribute__((noinline)) int
sendrest(chan *c, const void *elem, p *pp)
{
	if (c->recvq.first && inhandler()) {
		endsection(&pp->section);
		return -EAGAIN;
	}
	return sendtry(c, elem, &pp->section);
}

static __attribute__((noinline)) int
recvrest(chan *c, void *elem, p *pp)
{
	if ((c->sendq.first || c->timed) && inhandler()) {
		endsection(&pp->section);
		return -EAGAIN;
	}
	return recvtry(c, elem, &pp->section);
}

PARKS int
thrum_chan_trysend(thrum_chan *c, const void *elem)
{
	if (!c)
		return -EAGAIN;
	p *pp = callersp();
	if (unsafe(thrum_m, pp))
		return sendhandler(c, elem);
	if (!biased(&c->lock, pp))
		return sendslow(c, elem, pp);
	return sendfast(c, elem, pp) ? 1 : sendrest(c, elem, pp);
}

PARKS int
thrum_chan_tryrecv(thrum_chan *c, void *elem)
{
	if (!c)
		return -EAGAIN;
	p *pp = callersp();
	if (unsafe(thrum_m, pp))
		return recvhandler(c, elem);
	if (!biased(&c->lock, pp))
		return recvslow(c, elem, pp);
	return recvfast(c, elem, pp) ? 1 : recvrest(c, elem, pp);
}

// ---- make, close, free -----------------------------------------------------------

static uintptr_t
make(uintptr_t elemsize, uintptr_t cap, uintptr_t more)
{
	int err = errno;
	size_t bytes;
	chan *c = NULL;
	if (elemsize <= UINT32_MAX && cap <= UINT32_MAX && !__builtin_mul_overflow(elemsize, cap, &bytes) &&
		bytes < SIZE_MAX / 2)
		c = aligned_alloc(CACHELINE, (sizeof *c + bytes + RACEPLACES(cap) + more + CACHELINE - 1) & -(size_t)CACHELINE);
	errno = err;
	if (c) {
		memset(c, 0, sizeof *c);
		biasinit(&c->lock);
		c->cap = c->limit = (uint32_t)cap;
		c->elemsize = (uint32_t)elemsize;
	}
	return (uintptr_t)c;
}

chan *
channew(size_t elemsize, size_t cap, size_t more)
{
	return (chan *)systemstack3(make, elemsize, cap, more);
}

API thrum_chan *
thrum_chan_make(size_t elemsize, size_t cap)
{
	return channew(elemsize, cap, 0);
}

static uintptr_t
release(uintptr_t c, uintptr_t unused)
{
	(void)unused;
	free((void *)c);
	return 0;
}

PARKS void
thrum_chan_free(thrum_chan *c)
{
	if (!c)
		return;
	sectionword *w = enter(&c->lock, getp());
	bool waiters = c->recvq.first || c->sendq.first || c->nlost;
	c->closed = true;
	endsection(w);
	if (waiters)
		fatal("free of a channel that has waiters: let them return first, for example by thrum_chan_close");
	if (c->timed)
		timeend(c);
	systemstack(release, (uintptr_t)c, 0);
}

PARKS void
thrum_chan_close(thrum_chan *c)
{
	g *first = NULL, *last = NULL;
	sudog *s;
	if (!c)
		fatal("close of nil channel");
	if (c->timed)
		fatal("close of a timer channel: call thrum_time_stop, then thrum_chan_free");
	sectionword *w = enter(&c->lock, getp());
	if (c->closed) {
		endsection(w);
		fatal("close of closed channel");
	}
	racerelease(&c->closed);
	c->closed = true;
	c->limit = 0;
	while ((s = waitget(c, &c->recvq)) || (s = waitget(c, &c->sendq))) {
		g *gp = s->g;
		racebefore(gp);
		if (!s->send)
			racewrite(gp, s->elem, c->elemsize);
		if (!s->send && s->elem)
			memset(s->elem, 0, c->elemsize);
		gp->param = s;
		gp->schedlink = NULL;
		if (last)
			last->schedlink = gp;
		else
			first = gp;
		last = gp;
	}
	endsection(w);
	while (first) {
		g *gp = first;
		first = gp->schedlink;
		goready(gp);
	}
}

// ---- properties ------------------------------------------------------------------

API size_t
thrum_chan_len(const thrum_chan *c)
{
	return c ? __atomic_load_n(&c->count, __ATOMIC_RELAXED) : 0;
}

API size_t
thrum_chan_cap(const thrum_chan *c)
{
	return c ? c->cap : 0;
}

API thrum_chan *
thrum_chan_sized(thrum_chan *c, size_t elemsize)
{
	if (c && c->elemsize != elemsize)
		fatal("wrong element size: the channel was made for another type");
	return c;
}
