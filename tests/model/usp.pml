/* SPDX-License-Identifier: MIT */
/*
 * usp.pml - the way of usp from goroutine to goroutine, with a signal handler at any step
 * (arch/x86_64/park.asm, yield.asm, switch.asm, foreign.asm, asm.inc; core/preempt/regsave.c).
 *
 * Two threads run two or three goroutines, which take and give back frames, park, yield, end, are
 * stopped by a signal, and go by the scheduler. A store that ends a wait or puts a goroutine into a
 * queue publishes it: any thread may run it at once. On thread 0 a handler comes at any step, and
 * with LEVELS=2 a second one at any step of that. It takes a frame at usp and gives it back.
 *
 * A position in an area: 0 is no area yet, 1 its beginning; each frame adds 1. One chunk holds an
 * area: uframe.pml looks at more. A word that holds a position is in the model together with the
 * goroutine it belongs to.
 *
 *   - no two frames are at the same place, and none is in an area that has been freed
 *   - a frame is taken in an area that nobody else runs in or may begin to run in
 *   - no area is forgotten
 *
 * Stores of a thread are seen in their order, which x86 has for stores; usp is the thread's own.
 */

#ifndef LEVELS
#define LEVELS 1 /* of handlers */
#endif
#ifndef GOROUTINES
#define GOROUTINES 2
#endif
#define NM 2
#define NG GOROUTINES
#define PLACES 5
#define T (_pid == 1)
#define LEVEL (_pid < NM -> 0 : _pid - 1)
#define WHERE (where[T] == 0 -> NG + T : where[T] - 1)
#define MINE(r) frame[WHERE * PLACES + (r)]

/* Goroutines have their number plus 1 here, the scheduler of a thread 0. */
byte usp[NM] = 1, where[NM]; /* the thread's usp, and whose area that is in */
byte g[NM];                  /* the thread's g */
byte saved[NG];              /* g.usp */
bool ready[NG] = true;       /* published */
bool area[NG];               /* has a chunk; the scheduler always has */
bool frame[(NG + NM) * PLACES];
byte level[NM];              /* the level of code that runs on the thread: 0 the interrupted code */
bool inside[NM + LEVELS];
byte step[NG];               /* a goroutine has read usp, which was this, and not yet stored it */
byte frames[NG];             /* where it has a frame */

/* alone: g, and the area that usp is in, are this thread's, and nobody may begin to run them */
inline alone()
{
	assert(g[T] == 0 || (g[T] != g[1 - T] && !ready[g[T] - 1]));
	assert(where[T] == 0 || (where[T] != where[1 - T] && !ready[where[T] - 1] && area[where[T] - 1]))
}

/* begin: uframe_slow, when there is no area yet */
inline begin()
{
	if
	:: usp[T] == 0 ->
		assert(!area[where[T] - 1]); /* else one is forgotten */
		area[where[T] - 1] = true;
		usp[T] = 1
	:: else
	fi
}

/* take: usp was r */
inline take()
{
	alone();
	assert(r != 0 && !MINE(r));
	MINE(r) = true;
	usp[T] = r + 1
}

/* give: the frame at r */
inline give()
{
	alone();
	assert(MINE(r));
	MINE(r) = false;
	usp[T] = r
}

/*
 * to: usp becomes that of goroutine n, c leaves. The old usp is c's. c has saved it, but as 0 if a
 * handler has begun the area since. Two instructions if c has saved another value, one (cmpxchg)
 * otherwise.
 */
#ifdef FORGET
#define to(c, n) atomic { usp[T] = saved[n]; where[T] = n + 1 }
#else
#define to(c, n) atomic { saved[c] = (saved[c] == 0 -> usp[T] : saved[c]); usp[T] = saved[n]; where[T] = n + 1 }
#endif

inline pick()
{
	if
	:: atomic { ready[0] -> ready[0] = false; n = 0 }
	:: atomic { ready[1] -> ready[1] = false; n = 1 }
#if NG > 2
	:: atomic { ready[2] -> ready[2] = false; n = 2 }
#endif
	fi
}

/* tog0: enter_g0, and the scheduler takes a frame */
inline tog0()
{
	g[T] = 0;
#ifdef FORGET
	atomic { usp[T] = 1; where[T] = 0 };
#else
	atomic { saved[cur] = usp[T]; usp[T] = 1; where[T] = 0 };
#endif
	atomic { r = 1; take(); r = 0 };
#ifdef KEEPRAISES
	usp[T] = 1
#else
	skip
#endif
}

/* ufree: in cleanup */
inline ufree()
{
	atomic {
		assert((saved[cur] != 0) == area[cur]); /* else one is forgotten */
		area[cur] = false;
		saved[cur] = 0
	}
}

/* publish: another thread may run it, and ends the wait before that */
inline publish(c_)
{
	assert(!ready[c_]);
	ready[c_] = true
}

active [NM + LEVELS] proctype code() provided (level[T] == LEVEL || (LEVEL > 0 && level[T] == LEVEL - 1 && !inside[_pid]))
{
	byte r, n, cur;
	if
	:: LEVEL > 0 -> goto end
	:: else -> goto next
	fi;
own:
	if
	/* a frame of the goroutine: usp is read, then stored */
	:: step[cur] == 0 && frames[cur] == 0 ->
		atomic { begin(); step[cur] = usp[T]; goto own }
	:: step[cur] != 0 ->
		atomic { r = step[cur]; step[cur] = 0; take(); frames[cur] = r; r = 0; goto own }
	:: step[cur] == 0 && frames[cur] != 0 ->
		atomic { r = frames[cur]; frames[cur] = 0; give(); r = 0; goto own }
	:: step[cur] == 0 -> goto park
	:: step[cur] == 0 -> goto yield
	:: step[cur] == 0 -> goto slow
	:: step[cur] == 0 && frames[cur] == 0 -> goto exit
	:: goto slow /* a signal stops it anywhere: the handler saves usp and returns to asyncpreempt */
	fi;
park: /* park_here; then load_context */
	saved[cur] = usp[T];
	if
	:: pick()
	:: goto away
	fi;
switch:
#if defined(USPLATE)
	g[T] = n + 1;
	publish(cur);
	to(cur, n);
#elif defined(GLATE)
	to(cur, n);
	publish(cur);
	g[T] = n + 1;
#else
	g[T] = n + 1;
	to(cur, n);
	publish(cur);
#endif
	atomic { cur = n; n = 0; goto own };
yield: /* thrum_yield_none: the head of the queue first */
	if
	:: pick()
	:: goto slow
	fi;
#ifdef SAVELATE
	g[T] = n + 1;
	publish(cur);
	saved[cur] = usp[T];
	to(cur, n);
	atomic { cur = n; n = 0; goto own };
#else
	saved[cur] = usp[T];
	if
	:: goto switch
	:: skip
	fi;
	/* .flush: there is no room for it, and the one picked goes back */
	g[T] = n + 1;
	to(cur, n);
	g[T] = cur + 1;
	to(n, cur);
	publish(n);
	n = 0;
	goto away;
#endif
slow: /* mcall, exitsyscall, newstack, a signal */
	saved[cur] = usp[T];
away: /* enter_g0, and a frame of the scheduler */
	tog0();
	publish(cur);
next:
	pick();
	/* gogo: the scheduler's frame is left for good */
	g[T] = n + 1;
	atomic {
		frame[(NG + T) * PLACES + 1] = false;
		usp[T] = saved[n];
		where[T] = n + 1;
		cur = n;
		n = 0;
		goto own
	};
exit: /* goexit0 */
	saved[cur] = usp[T];
#ifdef FREEFIRST
	ufree();
	tog0();
	saved[cur] = 0;
#else
	tog0();
	ufree();
#endif
	publish(cur); /* another goroutine begins in it */
	goto next;

end: /* a handler */
	atomic { level[T] == LEVEL - 1 -> level[T] = LEVEL; inside[_pid] = true };
	atomic { begin(); r = usp[T] };
	atomic { take() };
	atomic { give(); r = 0; inside[_pid] = false; level[T] = LEVEL - 1; goto end }
}
