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
// Values are received in the order in which they were sent, and who waits first is served first. A
// value goes from the sender's memory to the receiver's when one of them waits already, because a
// local whose address is taken lies where no stack moves; else over the ring in the channel. Each is
// copied once or twice, never allocated for.
//
// One lock protects all of a channel (bias.h). An operation that needs not wait is the lock, four
// comparisons and the copy; that is all that is inlined into the public call. Otherwise the caller
// puts its sudog into a queue and parks, which ends the section; who takes it out of the queue has
// done the operation for it, before he wakes it. Nobody touches a channel after
// he has left the section, so that the partner may free it.
//
// Who wakes another puts it into his p's next slot: mostly he parks right after, and the two
// take turns on one p, in one time slice.

#include "thrum/chan.h"

#include <stdlib.h>

#include "arch/arch.h"
#include "core/base/print.h"
#include "core/sync/chan.h"

// ---- waiting -----------------------------------------------------------------

static bool
waitas(g *gp, chan *c, void *elem, bool send, sectionword *w)
{
	sudog *s = &gp->sudog;
	s->elem = elem;
	s->obj = c;
	s->link = NULL;
	s->isselect = s->success = false;
	s->send = send;
	gp->waiting = s;
	waitput(send ? &c->sendq : &c->recvq, s);
	waitpark(gp, send ? WaitChanSend : WaitChanRecv, parkend, (void *)w);
	gp->waiting = NULL;
	return s->success;
}

static __attribute__((noinline)) bool
threadwait(chan *c, void *elem, bool send, sectionword *w)
{
	threadg t;
	return waitas(threadbegin(&t), c, elem, send, w);
}

// await waits in c's queue and ends the section. False: c was closed.
static bool
await(chan *c, void *elem, bool send, sectionword *w)
{
	g *gp = thrum_self();
	return gp ? waitas(gp, c, elem, send, w) : threadwait(c, elem, send, w);
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
		if (thrum_self())
			gopark(why, NULL, NULL);
		else
			threadforever(why);
}

// ---- send and receive ----------------------------------------------------------

// sendslow: the section w has begun. 1, or -EAGAIN unless it may wait.
static __attribute__((noinline)) int
sendslow(chan *c, const void *elem, sectionword *w, bool wait)
{
	outcome o = sendnow(c, elem);
	if (o.rc == -EAGAIN && wait) {
		if (!await(c, (void *)elem, true, w))
			fatal("send on closed channel");
		return 1;
	}
	endsection(w);
	if (o.rc == 0)
		fatal("send on closed channel");
	if (o.wake)
		goready(o.wake);
	return (int)o.rc;
}

static __attribute__((noinline)) int
recvslow(chan *c, void *elem, sectionword *w, bool wait)
{
	outcome o = recvnow(c, elem);
	if (o.rc == -EAGAIN && wait)
		return await(c, elem, false, w);
	endsection(w);
	if (o.wake)
		goready(o.wake);
	return (int)o.rc;
}

static inline int
send(chan *c, const void *elem, bool wait)
{
	sectionword *w = enter(&c->lock, getp());
	if (__builtin_expect(c->count < c->cap && !c->closed && !c->recvq.first, 1)) {
		putbuf(c, elem);
		endsection(w);
		return 1;
	}
	return sendslow(c, elem, w, wait);
}

static inline int
recv(chan *c, void *elem, bool wait)
{
	sectionword *w = enter(&c->lock, getp());
	if (__builtin_expect(c->count > 0 && !c->sendq.first, 1)) {
		getbuf(c, elem);
		endsection(w);
		return 1;
	}
	return recvslow(c, elem, w, wait);
}

PARKS void
thrum_chan_send(thrum_chan *c, const void *elem)
{
	if (!c)
		parkforever(WaitChanSendNil);
	send(c, elem, true);
}

PARKS bool
thrum_chan_recv(thrum_chan *c, void *elem)
{
	if (!c)
		parkforever(WaitChanRecvNil);
	return recv(c, elem, true);
}

PARKS int
thrum_chan_trysend(thrum_chan *c, const void *elem)
{
	return c ? send(c, elem, false) : -EAGAIN;
}

PARKS int
thrum_chan_tryrecv(thrum_chan *c, void *elem)
{
	return c ? recv(c, elem, false) : -EAGAIN;
}

// ---- make, close, free -----------------------------------------------------------

static uintptr_t
make(uintptr_t elemsize, uintptr_t cap)
{
	int err = errno;
	size_t bytes;
	chan *c = NULL;
	if (elemsize <= UINT32_MAX && cap <= UINT32_MAX && !__builtin_mul_overflow(elemsize, cap, &bytes) &&
		bytes < SIZE_MAX / 2)
		c = aligned_alloc(CACHELINE, (sizeof *c + bytes + CACHELINE - 1) & -(size_t)CACHELINE);
	errno = err;
	if (c) {
		memset(c, 0, sizeof *c);
		biasinit(&c->lock);
		c->cap = (uint32_t)cap;
		c->elemsize = (uint32_t)elemsize;
	}
	return (uintptr_t)c;
}

API thrum_chan *
thrum_chan_make(size_t elemsize, size_t cap)
{
	return (thrum_chan *)systemstack(make, elemsize, cap);
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
		fatal("free of a channel that is waited on");
	systemstack(release, (uintptr_t)c, 0);
}

PARKS void
thrum_chan_close(thrum_chan *c)
{
	g *first = NULL, *last = NULL;
	sudog *s;
	if (!c)
		fatal("close of nil channel");
	sectionword *w = enter(&c->lock, getp());
	if (c->closed) {
		endsection(w);
		fatal("close of closed channel");
	}
	c->closed = true;
	while ((s = waitget(c, &c->recvq)) || (s = waitget(c, &c->sendq))) {
		g *gp = s->g;
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

// ---- what it is ------------------------------------------------------------------

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
		fatal("wrong element size of a channel");
	return c;
}
