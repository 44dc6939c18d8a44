/* SPDX-License-Identifier: MIT */
/*
 * span.pml - objects and spans move between magazines, caches, the central lists and the heap
 * (alloc/heap.h, alloc/mcache.h).
 *
 * NT caches have a user each: a thread that allocates, and frees what it or another has allocated.
 * It flushes its cache and ends at any time. Then the cache may get another user, up to LIVES in
 * all. To the protocol the flush of a p's cache is the same. The last thread frees what is left.
 * With -DBARE, a thread without a cache frees an object, too (giveone). With -DFORK, a thread takes
 * all locks, as before fork.
 *
 * There are NS records of spans with NO objects each, in NB bins. A record whose span has ended
 * becomes a span again, of any bin and owner. A magazine has room for MAG objects, gets up to WANT
 * when it is empty, and gives half back when it is full. A cache keeps KEPT spans without an object
 * in use.
 *
 * The lists are sets: any span may be the first of its list. Changes that only the holder of a
 * lock, or the user of a cache, can see are one step. The heap's lock is the last to be taken, so
 * it is one step with the work under it. owner and used are words of memory; with -DTSO they pass
 * store buffers. An object can be handed over when the buffer of the thread that got it is empty,
 * because the store that hands it over is behind that to its byte.
 *
 *   - no object is handed out twice, or from a span that has ended
 *   - a span is in one list of its home, and in the right one, whenever it is looked at
 *   - no span ends while an object of it is in use, or in a magazine
 *   - a lock is released by its holder, and nobody waits for ever
 *   - at the end all spans have ended, so no object is lost
 *   - there is no report of a double free
 *
 * With -DTWICE, the program frees one object twice, and one more object of each span stays in use,
 * so that no span ends. The second free comes at any time. There must be a report, at the latest
 * when all magazines have been emptied. With -DCALM, both frees see that the object is in use, and
 * no two threads pop at the same moment. Then no object has two users before the report.
 *
 * Left out: double frees whose span ends before the report.
 */

#ifndef NT
#define NT 2
#endif
#ifndef NS
#define NS 2
#endif
#ifndef NO
#define NO 2
#endif
#ifndef NB
#define NB 1
#endif
#ifndef MAG
#define MAG 2
#endif
#ifndef WANT
#define WANT 2
#endif
#ifndef KEPT
#define KEPT 0
#endif
#ifndef FUEL
#define FUEL 3 /* allocations */
#endif
#ifndef LIVES
#define LIVES 3 /* threads */
#endif
#define N (NS * NO)
#define NONE 255
#define USED(o) (o)
#define OWNER(s) (N + (s))
#define HOME(c) ((c) + 1) /* 0: the central lists */

#ifdef TSO
#define NMEM (N + NS)
#define NBUF (NT + 1)
#define DEPTH 2
#include "tso.inc"
#define VISIBLE(o) (by[o] == me || FENCE(by[o]))
#else
byte mem[N + NS];
#define FENCE(me) true
#define LOAD(me, x, r) r = mem[x]
inline LD(me_, x_, r_) { r_ = mem[x_] }
inline ST(me_, x_, v_) { mem[x_] = v_ }
#define VISIBLE(o) true
#endif

#ifdef TWICE
#define NELEM (NO + 1) /* the last one is in use for ever */
#else
#define NELEM NO
#endif

/* spans; protected by the home's lock, apart from bin */
bool live[NS];
byte bin[NS], nfree[NS], bits[NS];
byte list[NS];        /* 0: in none */
#define PARTIAL(h) (2 * (h) + 1)
#define FULL(h) (2 * (h) + 2)

/* caches: magazines, which only the user sees; nspare under the lock */
#define M (cache * NB + b)
byte mag[NT * NB * MAG], n[NT * NB], nspare[NT * NB];

/* locks: 1 + the number of the process, 0 if free */
byte cachelock[NT], centrallock[NB];

/* the program */
byte users[N];        /* of an object */
byte by[N];           /* the thread that it was given to */
byte fuel = FUEL, lives = LIVES - NT, alive = NT, done;
bool fault, over;     /* a free too many; a report, which ends the process */

/* where an object is: free in its span, in a magazine or on the way there or back, in use */
#define FREE 0
#define CACHED 1
#define INUSE 2
byte place[N];
#ifdef TWICE
#define MOVE(o, from, to) skip
#else
#define MOVE(o, from, to) assert(place[o] == from); place[o] = to
#endif

#define LOCK(l) atomic { l == 0 && FENCE(me) -> l = me + 1 }
#define UNLOCK(l) atomic { FENCE(me) -> assert(l == me + 1); l = 0 }
#define LOCKHOME(h, b_) \
	if \
	:: h == 0 -> LOCK(centrallock[b_]) \
	:: h != 0 -> LOCK(cachelock[h - 1]) \
	fi
#define UNLOCKHOME(h, b_) \
	if \
	:: h == 0 -> UNLOCK(centrallock[b_]) \
	:: h != 0 -> UNLOCK(cachelock[h - 1]) \
	fi

inline report()
{
	atomic { assert(fault); over = true }
}

/* lockhome of s: h */
inline lockhome()
{
	do
	:: LD(me, OWNER(s), h);
#ifndef SPILLNOLOCK
		LOCKHOME(h, bin[s]);
#endif
#if defined NORECHECK || defined SPILLNOLOCK
		break
#else
		LD(me, OWNER(s), x);
		if
		:: x == h -> x = 0; break
		:: else -> UNLOCKHOME(h, bin[s])
		fi
#endif
	od
}

inline unlockhome()
{
#ifdef SPILLNOLOCK
	skip
#elif defined BINAFTER
	UNLOCKHOME(h, bin[s])
#else
	UNLOCKHOME(h, bb)
#endif
}

/* spanend of s, which is in no list */
inline spanend()
{
	d_step {
		i = 0;
		do
		:: i < NO -> assert(place[s * NO + i] == FREE); i++
		:: else -> break
		od;
		i = 0;
		assert(list[s] == 0)
	};
	ST(me, OWNER(s), 0);
	atomic { FENCE(me) -> live[s] = false; bits[s] = 0; nfree[s] = 0 }
}

#ifdef USEDONLY
#define ALLFREE (mem[USED(s * NO)] + mem[USED(s * NO + 1)] == 0)
#else
#define ALLFREE (nfree[s] == NELEM)
#endif
#define KEEPS (h != 0 && nspare[(h - 1) * NB + bin[s]] < KEPT)

/* freeobject: o of s, whose home h is locked */
inline freeobject()
{
	d_step {
		LOAD(me, USED(o), x);
#ifdef NOSPILLBIT
		twice = false;
#else
		twice = (bits[s] >> (o % NO)) & 1 || x != 0;
#endif
		x = 0;
		if
		:: !twice ->
			MOVE(o, CACHED, FREE);
			bits[s] = bits[s] | (1 << (o % NO));
			nfree[s]++;
			if
			:: nfree[s] == 1 -> assert(list[s] == FULL(h)); list[s] = PARTIAL(h)
			:: else -> assert(list[s] == PARTIAL(h))
			fi;
			if
			:: ALLFREE && KEEPS -> nspare[(h - 1) * NB + bin[s]]++
			:: ALLFREE && !KEEPS -> list[s] = 0; ended = true
			:: else
			fi
		:: else
		fi
	};
	if
	:: ended -> atomic { ended = false }; spanend()
	:: else
	fi
}

/* spillhome of the lowest left objects; those of other homes move to the front */
inline spillhome()
{
	atomic {
		o = mag[M * MAG + left - 1];
		s = o / NO;
		assert(live[s] && bin[s] == b);
		bb = bin[s]
	};
	lockhome();
	atomic { j = 0; kept = 0 };
	do
	:: j < left ->
		atomic {
			o = mag[M * MAG + j];
			s = o / NO;
			assert(live[s] && bin[s] == b);
			j++
		};
		LD(me, OWNER(s), x);
		if
		:: x != h -> atomic { mag[M * MAG + kept] = o; kept++; x = 0 }
		:: x == h ->
			freeobject();
			if
			:: twice -> break
			:: else
			fi
		fi
	:: else -> break
	od;
	unlockhome();
	atomic { j = 0; left = kept; kept = 0; h = 0; bb = 0; s = 0; o = 0; x = 0 }
}

/* magspill until keep are left; twice: there is a report */
inline magspill(keep)
{
	atomic { less = (n[M] > keep -> n[M] - keep : 0); left = less };
	do
	:: left > 0 && !twice -> spillhome()
	:: else -> break
	od;
	left = 0;
	d_step {
		i = less;
		do
		:: i < n[M] -> mag[M * MAG + i - less] = mag[M * MAG + i]; i++
		:: else -> break
		od;
		n[M] = n[M] - less;
		i = n[M];
		do
		:: i < MAG -> mag[M * MAG + i] = 0; i++
		:: else -> break
		od;
		i = 0;
		less = 0
	}
}

#define HASPARTIAL(k, home) (list[k] == PARTIAL(home) && bin[k] == b)

/* pick: s, a span with free objects in the lists of home, or NONE */
inline pick(home)
{
	if
	:: HASPARTIAL(0, home) -> s = 0
	:: HASPARTIAL(NS - 1, home) -> s = NS - 1
	:: else -> s = NONE
	fi
}

/* adopt: s, or NONE */
inline adopt()
{
	if
	:: atomic { HASPARTIAL(0, 0) || HASPARTIAL(NS - 1, 0) };
#ifndef ADOPTNOLOCK
		LOCK(centrallock[b]);
#endif
		atomic { pick(0) };
		if
		:: s != NONE ->
			d_step { assert(list[s] == PARTIAL(0)); list[s] = 0 };
#ifndef ADOPTLATE
			ST(me, OWNER(s), HOME(cache))
#endif
		:: else
		fi;
#ifndef ADOPTNOLOCK
		UNLOCK(centrallock[b]);
#endif
#ifdef ADOPTLATE
		if
		:: s != NONE -> ST(me, OWNER(s), HOME(cache))
		:: else
		fi;
#endif
		skip
	:: else
	fi
}

/* spannew: s, or NONE without memory */
inline spannew()
{
	atomic {
		if
		:: !live[0] -> s = 0
		:: live[0] && !live[NS - 1] -> s = NS - 1
		:: else
		fi;
		if
		:: s != NONE ->
			assert(list[s] == 0);
			live[s] = true;
			bin[s] = b;
			bits[s] = (1 << NO) - 1;
			nfree[s] = NO;
			ST(me, OWNER(s), HOME(cache))
		:: else
		fi
	}
}

/* take: up to WANT - got objects of s, and s into its list */
inline take()
{
	d_step {
		nspare[M] = nspare[M] - (nfree[s] == NELEM);
		i = NO;
		do
		:: i > 0 && got < WANT ->
			i--;
			if
			:: (bits[s] >> i) & 1 ->
				MOVE(s * NO + i, FREE, CACHED);
				bits[s] = bits[s] & ~(1 << i);
				nfree[s]--;
				mag[M * MAG + got] = s * NO + i;
				got++
			:: else
			fi
		:: else -> break
		od;
		i = 0;
		assert(list[s] == PARTIAL(HOME(cache)));
		if
		:: nfree[s] == 0 -> list[s] = FULL(HOME(cache))
		:: else
		fi;
		s = 0
	}
}

/* magfill: o, or NONE */
inline magfill()
{
	LOCK(cachelock[cache]);
	do
	:: got < WANT ->
		atomic { pick(HOME(cache)) };
		if
		:: s == NONE && got > 0 && got >= WANT / 2 -> break
		:: s == NONE && !(got > 0 && got >= WANT / 2) ->
			adopt();
			if
			:: s == NONE -> spannew()
			:: else
			fi;
			if
			:: s == NONE -> break
			:: else ->
				d_step {
					assert(list[s] == 0);
					list[s] = PARTIAL(HOME(cache));
					nspare[M] = nspare[M] + (nfree[s] == NELEM)
				}
			fi
		:: else
		fi;
		take()
	:: else -> break
	od;
	UNLOCK(cachelock[cache]);
	s = 0;
	if
	:: got == 0 -> o = NONE
	:: else ->
		atomic {
			got--;
			n[M] = got;
			o = mag[M * MAG + got];
			mag[M * MAG + got] = 0;
			got = 0
		};
#ifdef NOFILLBYTE
		ST(me, USED(o), 1)
#else
		use()
#endif
	fi
}

/* use o, which was in a magazine. twice: there is a report. */
inline use()
{
#ifndef NOPOPBYTE
	LD(me, USED(o), x);
	twice = x != 0;
	x = 0;
#endif
	if
	:: !twice -> ST(me, USED(o), 1)
	:: else
	fi
}

/* pop: o of the magazine, or twice */
inline pop()
{
#ifdef STALE
	x = n[M];
	atomic { o = mag[M * MAG + x - 1]; n[M] = x - 1; x = 0 };
#else
	d_step { n[M]--; o = mag[M * MAG + n[M]]; mag[M * MAG + n[M]] = 0 };
#endif
	use()
}

#define OWNS(k) (list[k] == PARTIAL(HOME(cache)) || list[k] == FULL(HOME(cache)))

/* abandon all spans of the cache. The lock is held. */
inline abandon()
{
	do
	:: atomic { OWNS(0) -> s = 0 };
		abandonone()
	:: atomic { OWNS(NS - 1) -> s = NS - 1 };
		abandonone()
	:: else -> break
	od;
	s = 0
}

inline abandonone()
{
#ifdef OWNERFIRST
	ST(me, OWNER(s), 0);
#endif
	list[s] = 0;
	if
	:: nfree[s] == NELEM -> spanend()
	:: else ->
		LOCK(centrallock[bin[s]]);
		list[s] = (nfree[s] > 0 -> PARTIAL(0) : FULL(0));
#ifdef OWNERLATE
		UNLOCK(centrallock[bin[s]]);
		ST(me, OWNER(s), 0)
#else
#ifndef OWNERFIRST
		ST(me, OWNER(s), 0);
#endif
		UNLOCK(centrallock[bin[s]])
#endif
	fi
}

/* mcacheflush */
inline flush()
{
#ifdef FLUSHLOCKED
	LOCK(cachelock[cache]);
#endif
#ifndef NOMAGS
	b = 0;
	do
	:: b < NB && !twice -> magspill(0); b++
	:: else -> break
	od;
	b = 0;
#endif
	if
	:: !twice ->
#ifndef FLUSHLOCKED
		LOCK(cachelock[cache]);
#endif
		abandon();
		d_step {
			nspare[cache * NB] = 0;
			nspare[cache * NB + NB - 1] = 0
		};
		UNLOCK(cachelock[cache])
	:: else
	fi
}

/* free of o: its program's part, and the look at its byte. twice: there is a report. */
inline userfree()
{
	LD(me, USED(o), x);
	twice = x != 1;
	x = 0;
	if
	:: !twice -> ST(me, USED(o), 0)
	:: else
	fi
}

/* inuse: o, one of the objects in use, is no longer */
#define GIVE(k) \
	atomic { \
		!over && users[k] > 0 && VISIBLE(k) -> users[k]--; \
		o = k; \
		MOVE(k, INUSE, CACHED) \
	}
/* one that is in use, or was */
#if defined TWICE && !defined CALM
#define FAULT(k) atomic { !over && !fault && VISIBLE(k) -> fault = true; o = k }
#else
#define FAULT(k) atomic { false }
#endif
#define OTHERS mag[(1 - cache) * MAG] /* an object that the other thread has freed */
#define NOBODY (users[0] + users[1] + users[N - 2] + users[N - 1] == 0)

proctype thread(byte me)
{
	byte b, o, s, h, x, i, j, kept, left, less, got, bb, cache = me;
	bool twice, ended;
#ifdef STALE
	cache = 0;
#endif
	do
	:: over -> break
	:: atomic { !over && fuel > 0 -> fuel-- };
#if NB > 1
		if
		:: b = 0
		:: b = 1
		fi;
#endif
#ifdef CALM
		atomic {
#endif
		if
		:: n[M] > 0 -> pop()
		:: else -> magfill()
		fi;
		if
		:: twice -> report(); break
		:: !twice && o != NONE ->
			atomic {
				MOVE(o, CACHED, INUSE);
#if !defined TWICE || defined CALM
				assert(users[o] == 0 && live[o / NO]);
#endif
				users[o]++;
				by[o] = me;
				o = 0;
				b = 0
			}
		:: else -> atomic { o = 0; b = 0 }
		fi
#ifdef CALM
		}
#endif
	:: if
		:: GIVE(0)
		:: GIVE(1)
		:: GIVE(N - 2)
		:: GIVE(N - 1)
		:: FAULT(0)
		:: FAULT(N - 1)
		fi;
		b = bin[o / NO];
		userfree();
		if
		:: !twice && n[M] == MAG ->
			got = o;
			magspill(MAG / 2);
			atomic { o = got; got = 0 }
		:: else
		fi;
		if
		:: twice -> report(); break
		:: else -> d_step { mag[M * MAG + n[M]] = o; n[M]++; o = 0; b = 0 }
		fi
#ifdef CALM
	:: atomic {
			!over && !fault && n[cache] < MAG && n[1 - cache] > 0 && mem[USED(OTHERS)] == 0 ->
			fault = true;
			mag[cache * MAG + n[cache]] = OTHERS;
			n[cache]++
		}
#endif
	:: atomic { !over && (alive + lives > 1 || (fuel == 0 && NOBODY)) -> alive-- };
		flush();
		if
		:: twice -> report(); break
		:: else
		fi;
		if
		:: atomic { lives > 0 -> lives--; alive++ }
		:: atomic { lives == 0 -> break }
		fi
	od;
	done++
}

#ifdef BARE
proctype bare(byte me)
{
	byte b, o, s, h, x, i, bb;
	bool twice, ended;
	if
	:: GIVE(0)
	:: GIVE(N - 1)
	:: atomic { alive + lives == 0 || over -> goto out }
	fi;
	userfree();
	assert(!twice);
	s = o / NO;
	bb = bin[s];
	lockhome();
	freeobject();
	assert(!twice);
	unlockhome();
out:
	done++
}
#define NPROC (NT + 1)
#else
#define NPROC NT
#endif

#ifdef FORK
/* whole: all locks are held, so the fields of record k agree */
inline whole(k)
{
	assert(!live[k] || nfree[k] == 0 || list[k] == PARTIAL(mem[OWNER(k)]));
	assert(!live[k] || nfree[k] > 0 || list[k] == FULL(mem[OWNER(k)]));
	assert(live[k] || list[k] == 0);
	assert(nfree[k] == (bits[k] & 1) + (bits[k] >> 1 & 1))
}

active proctype fork()
{
	byte me = NT;
#ifdef FORKORDER
	LOCK(centrallock[0]);
	LOCK(centrallock[NB - 1]);
#endif
	LOCK(cachelock[0]);
	LOCK(cachelock[1]);
#ifndef FORKORDER
	LOCK(centrallock[0]);
#if NB > 1
	LOCK(centrallock[1]);
#endif
#endif
	d_step {
		whole(0);
		whole(NS - 1)
	};
	atomic {
		centrallock[0] = 0;
		centrallock[NB - 1] = 0;
		cachelock[0] = 0;
		cachelock[1] = 0
	}
}
#endif

init {
	byte k_;
	atomic {
		do
		:: k_ < NT -> run thread(k_); k_++
		:: else -> break
		od;
#ifdef BARE
		run bare(NT);
#endif
		k_ = 0
	};
	done == NPROC;
	d_step {
		assert(over || !fault);
		do
		:: k_ < NS -> assert(over || !live[k_] || NELEM > NO); k_++
		:: else -> break
		od
	}
}
