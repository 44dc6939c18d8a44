/* SPDX-License-Identifier: MIT */
/*
 * uframe.pml - the slow ways of unsafe frames, with a signal handler at any step
 * (core/stack/uframe.c).
 *
 * One thread takes and gives back frames: small ones, a chunk has room for SLOTS of them, and big
 * ones, which take one slot as their place. Process 0 is the interrupted code. Process 1 is the
 * handler that may come at any step of it. With LEVELS=2, process 2 is the handler that may come at
 * any step of that one. Nothing of the interrupted code runs until the handler has given its frames
 * back and ended. At its end the thread frees its area, as when a thread or a goroutine ends.
 * Handlers come until usp is 0 and stays so. At first the p's list has one chunk, the list for all
 * none. With -DOTHER, another thread takes chunks from the list for all and gives them back.
 *
 * usp is 4 times the chunk plus the slots in use: it rises where the real one falls. 0 is no area
 * yet.
 *
 *   - no slot and no big frame has two owners, and none is in memory that has been given back
 *   - no chunk and no big frame is given back twice, or while somebody has it
 *   - at the end each chunk is in exactly one list, once, and no big frame is left
 *   - nobody waits for ever
 *
 * Left out: the limit, chunks without pages, and the record of bytes in use.
 */

#ifndef LEVELS
#define LEVELS 1
#endif
#ifndef TAKES
#define TAKES 3 /* of the interrupted code */
#endif
#ifndef DEPTH
#define DEPTH 3 /* of its frames that live at the same time */
#endif
#ifndef HTAKES
#define HTAKES 2 /* of a handler */
#endif
#ifndef SIGNALS
#define SIGNALS 1 /* of each level */
#endif
#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef NC
#define NC 7
#endif
#ifndef NB
#define NB 6
#endif
#define PKEEP 1
#define CH(u) ((u) / 4)
#define POS(u) ((u) % 4)

mtype = { unmapped, used, listed };

byte usp;
mtype state[NC + 1] = unmapped;
byte next_[NC + 1], prev[NC + 1], bigs[NC + 1], spares[NC + 1];
byte slot[(NC + 1) * 4]; /* the level that has it, plus 1 */
bool mapped[NB + 1];
byte bnext[NB + 1], bmark[NB + 1], bowner[NB + 1];
byte plist, nplist; /* the p's */
bool busy;
byte list_, late; /* for all */
bool locked;
byte top;             /* the level that runs */
byte signals[3];
bool inside[3], done = true;

/* fresh: a chunk of new memory */
inline fresh()
{
	d_step {
		c = 2;
		do
		:: state[c] == unmapped -> break
		:: else -> assert(c < NC); c++ /* or chunks leak */
		od
	}
}

inline own()
{
	mine = false;
	if
#ifdef NOBUSY
	:: true -> busy = true; mine = true
#else
	:: !busy -> atomic { busy = true; mine = true }
	:: else
#endif
	fi
}

/* trylock gives up at some time, which for the model is any time. */
inline trylock()
{
	if
	:: atomic { !locked -> locked = true; got = true }
#ifndef WAITLOCK
	:: locked -> got = false
#endif
	fi
}

inline takelate()
{
	d_step {
		l = late;
		late = 0;
		do
		:: l != 0 ->
			n = next_[l];
			next_[l] = list_;
			list_ = l;
			l = n
		:: else -> break
		od;
		n = 0
	}
}

/* chunkalloc: c */
inline chunkalloc()
{
	own();
	if
	:: mine ->
		c = plist;
		atomic {
			if
			:: c != 0 -> plist = next_[c]; nplist--
			:: else
			fi
		};
		atomic { busy = false; mine = false }
	:: else
	fi;
	if
	:: c == 0 ->
		trylock();
		if
		:: got ->
			if
			:: list_ == 0 -> takelate()
			:: else
			fi;
			atomic {
				c = list_;
				if
				:: c != 0 -> list_ = next_[c]
				:: else
				fi
			};
			atomic { locked = false; got = false }
		:: else
		fi
	:: else
	fi;
	atomic {
		if
		:: c == 0 -> fresh()
		:: else
		fi;
		assert(state[c] != used);
		state[c] = used;
		next_[c] = 0;
		prev[c] = 0;
		bigs[c] = 0;
		spares[c] = 0
	}
}

/* putfree: f */
inline putfree()
{
	trylock();
	if
	:: got ->
		atomic { next_[f] = list_; list_ = f };
		atomic { locked = false; got = false }
	:: else ->
		do
		:: atomic { l = late; next_[f] = l };
#ifdef LATEPLAIN
			late = f;
			break
#else
			if
			:: atomic { late == l -> late = f }; break
			:: late != l
			fi
#endif
		od;
		l = 0
	fi
}

inline unmap(b_)
{
	assert(mapped[b_] && bowner[b_] == 0);
	mapped[b_] = false;
	bnext[b_] = 0;
	bmark[b_] = 0
}

/* bigfree: of the list from bl on, which nobody else sees */
inline bigfree()
{
	do
	:: bl != 0 ->
		n = bnext[bl];
		unmap(bl);
		bl = n
	:: else -> break
	od;
	n = 0
}

/* chunkfree: f */
inline chunkfree()
{
	d_step {
		bl = bigs[f];
		bigfree();
		bl = spares[f];
		bigfree();
		assert(state[f] == used);
		assert(slot[f * 4] == 0 && slot[f * 4 + 1] == 0);
		state[f] = listed
	};
	own();
	room = false;
	if
	:: mine ->
		atomic { room = nplist < PKEEP; next_[f] = (room -> plist : next_[f]) };
		atomic {
			if
			:: room -> plist = f; nplist++
			:: else
			fi
		};
		atomic { busy = false; mine = false }
	:: else
	fi;
	if
	:: !room -> putfree()
	:: else
	fi
}

/* freefrom: of the list from f on */
inline freefrom()
{
	do
	:: f != 0 ->
		from = next_[f];
		chunkfree();
		atomic { f = from; from = 0 }
	:: else -> break
	od
}

/* reap: the dead big frames of the chunk at r */
inline reap()
{
	d_step { bl = spares[CH(r)]; spares[CH(r)] = 0; bigfree() };
	atomic { live = bigs[CH(r)]; bigs[CH(r)] = 0 };
	do
	:: atomic { live != 0 && (r < bmark[live] || bmark[live] == 0) ->
		n = live;
		live = bnext[n];
		unmap(n);
		n = 0
		}
	:: else -> break
	od;
	atomic {
		if
		:: live != 0 -> bl = bigs[CH(r)]; bigs[CH(r)] = live; live = 0; bigfree()
		:: else
		fi
	}
}

/* slow: uframe_slow, r = the result. The memory to free is in f: one copy of freefrom is enough. */
inline slow()
{
	atomic { r = usp; f = 0 };
	if
	:: r == 0 ->
		chunkalloc();
		if
#ifdef NOCASUSP
		:: usp = c * 4; r = c * 4
#else
		:: atomic { usp == 0 -> usp = c * 4; r = c * 4 }
		:: atomic { usp != 0 -> r = usp; f = c }
#endif
		fi
	:: else ->
		reap();
		x = next_[CH(r)];
		if
		:: x == 0 ->
			chunkalloc();
			prev[c] = CH(r);
			if
#ifdef NOCASNEXT
			:: next_[CH(r)] = c; x = c
#else
			:: atomic { next_[CH(r)] == 0 -> next_[CH(r)] = c; x = c }
			:: atomic { next_[CH(r)] != 0 -> x = next_[CH(r)]; f = c }
#endif
			fi
		:: else ->
#ifdef NOTAKENEXT
			f = next_[x];
#else
			atomic { f = next_[x]; next_[x] = 0 }
#endif
		fi;
		r = x * 4
	fi;
	c = 0;
	freefrom();
#ifdef NOTAKENEXT
	if
	:: x != 0 && x * 4 == r -> next_[x] = 0
	:: else
	fi;
#endif
	x = 0
}

/* have: the slot at r is ours from this step on */
inline have()
{
	assert(state[CH(r)] == used && slot[r] == 0);
	slot[r] = _pid + 1
}

/* big: ubig from where there is room for the place; b */
inline big()
{
#ifdef NOTAKEBIGS
	live = bigs[CH(r)];
#else
	atomic { live = bigs[CH(r)]; bigs[CH(r)] = 0 };
#endif
#ifdef NOTAKESPARES
	sp = spares[CH(r)];
#else
	atomic { sp = spares[CH(r)]; spares[CH(r)] = 0 };
#endif
	do
	:: atomic { live != 0 && (r < bmark[live] || bmark[live] == 0) ->
		n = live;
		live = bnext[n];
		bnext[n] = sp;
		sp = n;
		n = 0
		}
	:: else -> break
	od;
	/* all fit; one may stay */
	atomic {
		if
		:: sp != 0 ->
			b = sp;
			sp = bnext[b];
			if
			:: sp != 0 -> bl = bnext[sp]; bnext[sp] = 0; bigfree()
			:: else
			fi
		:: else
		fi
	};
	atomic {
		if
		:: b == 0 ->
			b = 1;
			do
			:: !mapped[b] -> break
			:: else -> assert(b < NB); b++
			od;
			mapped[b] = true
		:: else
		fi;
		assert(bowner[b] == 0);
		bowner[b] = _pid + 1;
		bmark[b] = r + 1;
		bnext[b] = live;
		live = 0
	};
#ifndef LISTFIRST
	atomic { have(); usp = r + 1 };
#endif
#ifdef NOTAKEBACK
	bigs[CH(r)] = b;
#else
	d_step { bl = bigs[CH(r)]; bigs[CH(r)] = b; bigfree() };
#endif
#ifdef LISTFIRST
	atomic { have(); usp = r + 1 };
#endif
#ifdef NOTAKESPARESBACK
	atomic {
		if
		:: sp != 0 -> spares[CH(r)] = sp; sp = 0
		:: else
		fi
	};
#else
	d_step {
		if
		:: sp != 0 -> bl = spares[CH(r)]; spares[CH(r)] = sp; sp = 0; bigfree()
		:: else
		fi
	};
#endif
	place = r
}

/* take: a frame of either kind */
inline take()
{
	atomic {
		if
		:: big_ = true
		:: big_ = false
		fi;
		r = usp;
		entry = r
	};
	if
	:: r == 0 || POS(r) == SLOTS -> slow()
	:: else
	fi;
	if
	:: big_ ->
		big();
#ifdef BACKTOZERO
		r = entry
#else
		r = (entry != 0 -> entry : r)
#endif
	:: else ->
		atomic { have(); usp = r + 1; place = r }
	fi;
	d_step {
		fplace[depth] = place;
		ftop[depth] = r;
		fbig[depth] = b;
		depth++;
		r = 0;
		place = 0;
		entry = 0;
		big_ = false;
		b = 0
	}
}

/* give: the latest one back */
inline give()
{
	atomic {
		if
		:: fbig[depth - 1] != 0 ->
			assert(bowner[fbig[depth - 1]] == _pid + 1 && mapped[fbig[depth - 1]]);
			bowner[fbig[depth - 1]] = 0;
			bmark[fbig[depth - 1]] = 0
		:: else
		fi
	};
	atomic {
		depth--;
		assert(slot[fplace[depth]] == _pid + 1 && state[CH(fplace[depth])] == used);
		slot[fplace[depth]] = 0;
		usp = ftop[depth];
		fplace[depth] = 0;
		ftop[depth] = 0;
		fbig[depth] = 0
	}
}

/* free: the area of usp, areaend and ufree */
inline area()
{
	f = usp;
#ifndef FREEFIRST
	usp = 0;
#endif
	d_step {
		f = CH(f);
		do
		:: prev[f] != 0 -> f = prev[f]
		:: else -> break
		od
	};
	freefrom();
#ifdef FREEFIRST
	usp = 0;
#endif
	skip
}

/* count: each chunk is in one list, once */
inline count()
{
	d_step {
		c = 0;
		f = plist;
		do
		:: f != 0 -> assert(state[f] == listed); state[f] = unmapped; f = next_[f]
		:: else -> break
		od;
		f = list_;
		do
		:: f != 0 -> assert(state[f] == listed); state[f] = unmapped; f = next_[f]
		:: else -> break
		od;
		f = late;
		do
		:: f != 0 -> assert(state[f] == listed); state[f] = unmapped; f = next_[f]
		:: else -> break
		od;
		for (c : 1 .. NC) {
			assert(state[c] == unmapped)
		}
		for (c : 1 .. NB) {
			assert(!mapped[c])
		}
	}
}

#ifdef OTHER
#define ENDED endedother
bool endedother;
#else
#define ENDED true
#endif

active [LEVELS + 1] proctype code() provided (top == _pid || (_pid > 0 && top == _pid - 1 && !inside[_pid]))
{
	byte r, place, c, f, x, n, l, b, bl, live, sp, entry, from, takes, depth;
	bool mine, got, room, big_;
	byte fplace[DEPTH], ftop[DEPTH], fbig[DEPTH];
end_none:
	if
	:: _pid == 0 ->
		d_step { state[1] = listed; plist = 1; nplist = 1; done = false };
		do
		:: takes < TAKES && depth < DEPTH -> takes++; take()
		:: depth > 0 -> give()
		:: depth == 0 -> break
		od;
		do
		:: atomic { usp == 0 -> done = true; break }
		:: usp != 0 -> area()
		od;
		ENDED;
		count()
	:: else ->
end_handler:
		do
		:: atomic {
			top == _pid - 1 && signals[_pid] < SIGNALS && !done ->
			signals[_pid]++;
			top = _pid;
			inside[_pid] = true
			};
			do
			:: takes < HTAKES -> takes++; take()
			:: takes > 0 -> break
			od;
			do
			:: depth > 0 -> give()
			:: else -> break
			od;
			atomic {
				takes = 0;
				f = 0;
				c = 0;
				inside[_pid] = false;
				top = _pid - 1
			}
		od
	fi
}

#ifdef OTHER
active proctype other()
{
	byte c, f, n, l;
	bool got, mine;
	mine = false;
	trylock();
	if
	:: got ->
		if
		:: list_ == 0 -> takelate()
		:: else
		fi;
		c = list_;
		if
		:: c != 0 -> list_ = next_[c]
		:: else
		fi;
		locked = false
	:: else
	fi;
	atomic {
		if
		:: c == 0 -> fresh()
		:: else
		fi;
		assert(state[c] != used);
		state[c] = used;
		next_[c] = 0
	};
	d_step { f = c; state[f] = listed };
	putfree();
	endedother = true
}
#endif
