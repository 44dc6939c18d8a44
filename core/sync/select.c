// SPDX-License-Identifier: MIT
//
// select.c - does one of several channel operations: any that is possible.
//
// 1. One case, chosen at random, is tried alone. If most cases are possible, that is all.
// 2. If all channels are biased to the caller's p, one section covers them (bias.h): one pass
//    counts the ready cases and draws one of them.
// 3. Otherwise each case gets a sudog. The sudogs are linked in the order of the channels'
//    addresses, all channels are locked in that order, and the cases are looked at once more.
// 4. If none is possible, all sudogs are queued and the goroutine parks, which unlocks. A partner
//    that takes one of them out of a queue must win g.selectdone, so only one does. It does the
//    operation and leaves the sudog in g.param. On return, the other sudogs are taken out of their
//    queues.
//
// So each ready case has the same chance. If k of n cases are ready, step 1 finds a given one with
// probability 1/n, and a later step with (n-k)/n times 1/k: together 1/k.
//
// The list consists only of the sudogs, and sorting it needs no array. A goroutine that waits in a
// select holds only its sudogs, from its p's pool.
//
// The order of unlocking matters. Until the last channel is unlocked, the commit still reads the
// list, although another thread may have readied the goroutine already. The resumed goroutine takes
// each lock, in the same order, before the sudogs go back to the pool. So it comes behind the
// commit.

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sync/chan.h"

#define MAXCASES 65536

static chan *
chanof(const sudog *s)
{
	return s->obj;
}

static uint32_t
below(uint32_t n)
{
	return (uint32_t)((fastrand() >> 32) * n >> 32);
}

// ---- looking -----------------------------------------------------------------

// waiter tells whether q still has a waiter. It removes those of selects that go on by another
// case.
static bool
waiter(chan *c, waitq *q)
{
	sudog *s;
	while ((s = q->first) && s->isselect && load(s->g->selectdone)) {
		waitremove(q, s);
		c->nlost++;
	}
	return s != NULL;
}

static inline bool
ready(chan *c, bool send)
{
	if (c->closed || (send && c->timed))
		return true;
	if (send)
		return c->count < c->cap || waiter(c, &c->recvq);
	return c->count > 0 || waiter(c, &c->sendq) || (c->timed && timeready(c));
}

static outcome
perform(chan *c, void *elem, bool send)
{
	return send ? sendnow(c, elem) : recvnow(c, elem);
}

// done ends a select whose case has the result rc.
static int
done(thrum_selcase *k, uint32_t i, intptr_t rc)
{
	if (rc == 0 && k[i].send)
		sendrefused(k[i].chan);
	k[i].ok = rc == 1 && !k[i].send;
	return (int)i;
}

// ---- one section for all ---------------------------------------------------------

// allbiased begins one section of all channels, if all are biased to pp.
static sectionword *
allbiased(const thrum_selcase *k, uint32_t n, p *pp)
{
	if (!pp)
		return NULL;
	store(pp->section, 1);
	lightfence();
	for (uint32_t i = 0; i < n; i++)
		if (k[i].chan && loadacq(k[i].chan->lock.owner) != pp) {
			endsection(&pp->section);
			return NULL;
		}
	return &pp->section;
}

// poll does a case that is possible, in the section w.
static int
poll(thrum_selcase *k, uint32_t n, sectionword *w)
{
	outcome o;
	uint32_t found, at;
	do {
		found = at = 0;
		for (uint32_t i = 0; i < n; i++)
			if (k[i].chan && ready(k[i].chan, k[i].send) && below(++found) == 0)
				at = i;
		o = found ? perform(k[at].chan, k[at].elem, k[at].send) : NOTNOW;
	} while (found && o.rc == -EAGAIN);
	endsection(w);
	if (!found)
		return -EAGAIN;
	if (o.wake)
		goready(o.wake);
	return done(k, at, o.rc);
}

// ---- the list of sudogs ----------------------------------------------------------

// bychannel sorts a list by the channels' addresses: bottom-up merge sort.
static sudog *
bychannel(sudog *list)
{
	for (uint32_t run = 1;; run *= 2) {
		sudog *a = list, *tail = NULL;
		uint32_t merges = 0;
		list = NULL;
		while (a) {
			sudog *b = a;
			uint32_t na = 0, nb = run;
			merges++;
			while (na < run && b) {
				na++;
				b = b->link;
			}
			while (na > 0 || (nb > 0 && b)) {
				sudog *s;
				if (na > 0 && (nb == 0 || !b || (uintptr_t)a->obj <= (uintptr_t)b->obj)) {
					s = a;
					a = a->link;
					na--;
				} else {
					s = b;
					b = b->link;
					nb--;
				}
				if (tail)
					tail->link = s;
				else
					list = s;
				tail = s;
			}
			a = b;
		}
		if (tail)
			tail->link = NULL;
		if (merges <= 1)
			return list;
	}
}

static void
putall(sudog *list)
{
	while (list) {
		sudog *s = list;
		list = s->link;
		sudogput(s);
	}
}

// makelist makes gp.waiting the cases' sudogs, in the order of locking; NULL if all channels are
// NULL.
static void
makelist(g *gp, const thrum_selcase *k, uint32_t n)
{
	sudog *list = NULL;
	for (uint32_t i = n; i-- > 0;) {
		if (!k[i].chan)
			continue;
		sudog *s = sudogget();
		if (!s)
			fatal("out of memory: a select cannot queue its cases");
		s->g = gp;
		s->elem = k[i].elem;
		s->obj = k[i].chan;
		s->send = k[i].send;
		s->ticket = i;
		s->isselect = true;
		s->link = list;
		list = s;
	}
	gp->waiting = bychannel(list);
}

// lockall locks all channels of a list. Returns: the section's word if one section covers all.
static sectionword *
lockall(const sudog *list)
{
	p *pp = getp();
	const sudog *s = list;
	if (pp) {
		store(pp->section, 1);
		lightfence();
		while (s && loadacq(chanof(s)->lock.owner) == pp)
			s = s->link;
		if (!s)
			return &pp->section;
		endsection(&pp->section);
	}
	const chan *last = NULL;
	for (s = list; s; s = s->link)
		if (chanof(s) != last) {
			keylock(&chanof(s)->lock, pp);
			last = chanof(s);
		}
	return NULL;
}

static void
unlockall(const sudog *list, sectionword *w)
{
	if (w) {
		endsection(w);
		return;
	}
	chan *last = NULL;
	for (const sudog *s = list; s; s = s->link)
		if (chanof(s) != last) {
			if (last)
				endsection(&last->lock.key);
			last = chanof(s);
		}
	if (last)
		endsection(&last->lock.key);
}

static bool
unlockcommit(g *gp, void *unused)
{
	(void)unused;
	unlockall(gp->waiting, NULL);
	return true;
}

// unqueue takes all sudogs but the winner's out of their queues.
static void
unqueue(sudog *list, const sudog *winner)
{
	for (sudog *s = list; s; s = s->link) {
		chan *c = chanof(s);
		if (s == winner)
			continue;
		sectionword *w = enter(&c->lock, getp());
		if (s->queued)
			waitremove(s->send ? &c->sendq : &c->recvq, s);
		else
			c->nlost--;
		if (c->timed)
			timefollow(c);
		endsection(w);
	}
}

// ---- waiting -----------------------------------------------------------------

static void
expire(timer *t, uint64_t now)
{
	(void)now;
	if (win(timedg(t)))
		goready(timedg(t));
}

// limitcommit starts the timer when gp can be woken: the timer may win before the channels are
// unlocked.
static bool
limitcommit(g *gp, void *w)
{
	waitlimit(gp, expire);
	unlockall(gp->waiting, w);
	return true;
}

static void
timedpark(g *gp, sectionword *w, int64_t ns)
{
	gp->until = timeafter(ns);
	waitpark(gp, WaitSelect, limitcommit, (void *)w);
	waitover(gp);
	gp->until = 0;
}

// choose does a possible case of gp's list, and leaves in gp.param the g to wake. Locks: all
// channels are held.
static sudog *
choose(g *gp)
{
	for (;;) {
		sudog *at = NULL;
		uint32_t found = 0;
		for (sudog *s = gp->waiting; s; s = s->link)
			if (ready(chanof(s), s->send) && below(++found) == 0)
				at = s;
		if (!at)
			return NULL;
		outcome o = perform(chanof(at), at->elem, at->send);
		if (o.rc == -EAGAIN)
			continue; // the waiter there has just found another partner
		at->success = o.rc == 1;
		gp->param = o.wake;
		return at;
	}
}

// selectlist does one of the cases in gp's list. Returns: its sudog; NULL if the time is over.
static sudog *
selectlist(g *gp, int64_t timeout)
{
	sudog *list = gp->waiting;
	sectionword *w = lockall(list);
	sudog *s = choose(gp);
	if (s || timeout == 0) {
		unlockall(list, w);
		if (s && gp->param)
			goready(gp->param);
		return s;
	}
	store(gp->selectdone, 0);
	gp->param = NULL;
	for (s = list; s; s = s->link) {
		waitput(s->send ? &chanof(s)->sendq : &chanof(s)->recvq, s);
		if (chanof(s)->timed)
			timefollow(chanof(s));
	}
	if (timeout > 0)
		timedpark(gp, w, timeout);
	else if (w)
		parksection(gp, WaitSelect, w);
	else
		waitpark(gp, WaitSelect, unlockcommit, NULL);
	s = gp->param;
	unqueue(list, s);
	return s;
}

static int
selectas(g *gp, thrum_selcase *k, uint32_t n, int64_t timeout)
{
	makelist(gp, k, n);
	if (!gp->waiting && timeout < 0)
		parkforever(n ? WaitSelect : WaitSelectNone);
	sudog *s = selectlist(gp, timeout), *list = gp->waiting;
	gp->waiting = NULL;
	uint32_t at = s ? s->ticket : 0;
	bool success = s && s->success;
	putall(list);
	if (!s)
		return timeout == 0 ? -EAGAIN : -ETIMEDOUT;
	return done(k, at, success);
}

static __attribute__((noinline)) int
threadselect(thrum_selcase *k, uint32_t n, int64_t timeout)
{
	threadg t;
	return selectas(threadbegin(&t), k, n, timeout);
}

PARKS int
thrum_select(thrum_selcase *k, size_t n, int64_t timeout)
{
	if (n > MAXCASES)
		fatal("thrum_select: more than 65536 cases");
	if (n > 0) {
		uint32_t i = below((uint32_t)n);
		thrum_chan *c = k[i].chan;
		int rc = k[i].send ? thrum_chan_trysend(c, k[i].elem) : thrum_chan_tryrecv(c, k[i].elem);
		if (rc != -EAGAIN) {
			k[i].ok = !k[i].send && rc == 1;
			return (int)i;
		}
		if (n == 1 && timeout == 0)
			return -EAGAIN;
		sectionword *w = allbiased(k, (uint32_t)n, getp());
		if (w && ((rc = poll(k, (uint32_t)n, w)) != -EAGAIN || timeout == 0))
			return rc;
	}
	g *gp = goroutine();
	return gp ? selectas(gp, k, (uint32_t)n, timeout) : threadselect(k, (uint32_t)n, timeout);
}

// ---- one operation, with a time limit ------------------------------------------------

static int
timed(chan *c, void *elem, bool send, int64_t ns)
{
	thrum_selcase k = {c, elem, send, false};
	int rc = thrum_select(&k, 1, ns);
	return rc < 0 ? -ETIMEDOUT : send || k.ok;
}

PARKS int
thrum_chan_sendtimeout(thrum_chan *c, const void *elem, int64_t ns)
{
	return timed(c, (void *)elem, true, ns);
}

PARKS int
thrum_chan_recvtimeout(thrum_chan *c, void *elem, int64_t ns)
{
	return timed(c, elem, false, ns);
}
