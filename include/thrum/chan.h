// SPDX-License-Identifier: MIT
//
// chan.h - channels and select: Go's, for C.
//
// A channel passes values of one size from goroutine to goroutine, or between threads of any kind.
// If its capacity is 0, a send and a receive meet; otherwise up to cap values wait in it. NULL is a
// channel on which nothing ever happens, as in Go. It switches a case of a select off.
//
//	thrum_chan *c = thrum_chan_make(sizeof(int), 10);      untyped: any memory of that size
//	thrum_chan_send(c, &v);
//	while (thrum_chan_recv(c, &v)) ...
//
//	THRUM_CHAN(int) c = thrum_chan_of(int, 10);            typed: anything else does not compile
//	THRUM_SEND(c, 42);
//	while (THRUM_RECV(c, &v)) ...
//
//	THRUM_SELECT {
//	THRUM_ON_RECV(c, &v)     { ... }
//	THRUM_ON_SEND(d, &x)     { ... }
//	THRUM_ON_TIMEOUT(1000000) { ... }
//	}
//
// Stack: any, also foreign code that a goroutine has called. If a call parks, a thread that runs no
// goroutine sleeps instead. Signal handlers may call thrum_chan_trysend and thrum_chan_tryrecv on
// channels that only handlers use, see thrum(7). The macros need gcc or clang.

#ifndef THRUM_CHAN_H
#define THRUM_CHAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct thrum_chan thrum_chan;

// thrum_chan_make makes a channel for values of elemsize bytes, which may be 0, with room for cap
// of them. Both numbers must be below 2^32.
//
// Errors: NULL without memory.
thrum_chan *thrum_chan_make(size_t elemsize, size_t cap) __attribute__((warn_unused_result));

// thrum_chan_free frees the channel and the values in it. No one may use the channel any more, not
// even a select that continues with another case and has not returned. It is a fatal error if the
// channel has waiters. NULL does nothing.
void thrum_chan_free(thrum_chan *c);

// thrum_chan_send copies *elem into the channel. It waits while there is neither a receiver nor
// room; on NULL it waits for ever. It is a fatal error if the channel is closed, also during the
// wait.
//
// Parks: yes.
void thrum_chan_send(thrum_chan *c, const void *elem);

// thrum_chan_recv copies the next value to *elem and waits while there is none. elem may be NULL.
// On a NULL channel it waits for ever.
//
// Parks: yes.
// Returns: false if the channel is closed and drained; *elem is then filled with zeros.
bool thrum_chan_recv(thrum_chan *c, void *elem);

// These two do the same only if they need not wait.
//
// Returns: 1 if a value was passed, 0 if the channel is closed and drained.
// Errors: -EAGAIN if the call would have to wait.
int thrum_chan_trysend(thrum_chan *c, const void *elem);
int thrum_chan_tryrecv(thrum_chan *c, void *elem);

// These two do the same and wait for at most ns nanoseconds; below 0, for ever.
//
// Parks: yes.
// Returns: 1 if a value was passed, 0 if the channel is closed and drained.
// Errors: -ETIMEDOUT.
int thrum_chan_sendtimeout(thrum_chan *c, const void *elem, int64_t ns);
int thrum_chan_recvtimeout(thrum_chan *c, void *elem, int64_t ns);

// thrum_chan_close announces that no more values will be sent. Receivers get the values that are
// left, then false. All waiters wake; a sender among them ends in a fatal error. To close a closed
// channel or NULL is a fatal error, too.
void thrum_chan_close(thrum_chan *c);

size_t thrum_chan_len(const thrum_chan *c); // values in it just now; 0 for NULL
size_t thrum_chan_cap(const thrum_chan *c); // 0 for NULL

// thrum_chan_sized returns c. It is a fatal error if the values of c do not have elemsize bytes.
thrum_chan *thrum_chan_sized(thrum_chan *c, size_t elemsize);

// ---- select ------------------------------------------------------------------

// One case of a select: a send or a receive.
typedef struct thrum_selcase {
	thrum_chan *chan; // NULL: never
	void *elem;       // the place of the value; may be NULL for a receive
	bool send;
	bool ok;          // result: true if a value was received, false if closed
} thrum_selcase;

// thrum_select does one of n cases. It chooses among the cases that are ready, each with the same
// probability. If none is ready and timeout is 0, it returns at once. Otherwise it waits for at
// most timeout nanoseconds, or for ever if timeout is below 0. Without cases it waits, too.
//
// A channel may occur more than once, also to be sent to and received from. A select does not meet
// itself. It is a fatal error if the chosen case sends to a closed channel.
//
// Parks: yes.
// Returns: the index of the case.
// Errors: -EAGAIN, -ETIMEDOUT.
int thrum_select(thrum_selcase *cases, size_t n, int64_t timeout);

// ---- typed channels -------------------------------------------------------------
#if !defined(__cplusplus) && (defined(__GNUC__) || defined(__clang__))

// THRUM_CHAN(T) is the type of a channel for values of type T: a pointer, as thrum_chan * is. It is
// written as a pointer to a function, so that T is part of the type, the same in every file. No
// code calls or reads through it.
#define THRUM_CHAN(T) __typeof__(__typeof__(T) *(*)(thrum_chan *))

// thrum_chan_of(T, cap) is thrum_chan_make. thrum_chan_as(T, c) gives an untyped channel its type
// if the size is right. thrum_chan_raw(c) is the untyped channel of a typed one, for all calls
// above.
#define thrum_chan_of(T, cap) (__extension__(THRUM_CHAN(T))thrum_chan_make(sizeof(T), (cap)))
#define thrum_chan_as(T, c) (__extension__(THRUM_CHAN(T))thrum_chan_sized((c), sizeof(T)))
#define thrum_chan_raw(c) ((void)sizeof(THRUM_ELEM_(c)), __extension__(thrum_chan *)(c))

// The calls above for typed channels. p is a pointer and may be NULL. v is a value. It is converted
// as by assignment, but not from floating to integer, nor between pointers to different types.
#define THRUM_SEND(c, v) thrum_chan_send(thrum_chan_raw(c), THRUM_VALUE_(THRUM_ELEM_(c), v))
#define THRUM_RECV(c, p) thrum_chan_recv(thrum_chan_raw(c), THRUM_PLACE_(THRUM_ELEM_(c), p))
#define THRUM_TRYSEND(c, v) thrum_chan_trysend(thrum_chan_raw(c), THRUM_VALUE_(THRUM_ELEM_(c), v))
#define THRUM_TRYRECV(c, p) thrum_chan_tryrecv(thrum_chan_raw(c), THRUM_PLACE_(THRUM_ELEM_(c), p))
#define THRUM_SENDTIMEOUT(c, v, ns) thrum_chan_sendtimeout(thrum_chan_raw(c), THRUM_VALUE_(THRUM_ELEM_(c), v), (ns))
#define THRUM_RECVTIMEOUT(c, p, ns) thrum_chan_recvtimeout(thrum_chan_raw(c), THRUM_PLACE_(THRUM_ELEM_(c), p), (ns))
#define THRUM_CLOSE(c) thrum_chan_close(thrum_chan_raw(c))
#define THRUM_FREE(c) thrum_chan_free(thrum_chan_raw(c))

// THRUM_SELECT { cases } is thrum_select. Each case is a block behind one of these:
//
//   - THRUM_ON_RECV(c, p) and THRUM_ON_SEND(c, p), with pointers.
//   - THRUM_ON_RECV_OK(c, p, okp), which also stores whether a value came.
//   - THRUM_ON_TIMEOUT(ns) or THRUM_ON_DEFAULT, at most one of the two.
//
// The expressions in parentheses are evaluated once, in the order in which they are written, before
// one block runs. break and continue leave the select. There may be THRUM_SELECT_MAX cases.
#ifndef THRUM_SELECT_MAX
#define THRUM_SELECT_MAX 16
#endif
#define THRUM_SELECT for (struct thrum_selecting thrum_sel_ = thrum_sel_begin(); thrum_sel_next(&thrum_sel_);)
#define THRUM_ON_RECV(c, p) THRUM_ON_(c, THRUM_PLACE_(THRUM_ELEM_(c), p), false, true)
#define THRUM_ON_RECV_OK(c, p, okp)                                                                                   \
	THRUM_ON_(c, THRUM_PLACE_(THRUM_ELEM_(c), p), false, (*(okp) = thrum_sel_.cases[thrum_sel_.chosen].ok, true))
#define THRUM_ON_SEND(c, p) THRUM_ON_(c, (void *)(uintptr_t)THRUM_SOURCE_(THRUM_ELEM_(c), p), true, true)
#define THRUM_ON_TIMEOUT(ns) if (thrum_sel_.pass == 1 ? (thrum_sel_.timeout = (ns), false) : thrum_sel_.chosen < 0)
#define THRUM_ON_DEFAULT THRUM_ON_TIMEOUT(0)

// The implementation. The type of the values:
#define THRUM_ELEM_(c) __typeof__(*(c)((thrum_chan *)0))
// A value in memory. It may be of type T, a pointer to the same type or to void, or a number.
#define THRUM_VALUE_(T, v) ((void)sizeof(char[THRUM_FITS_(T, *(T *)0, v) ? 1 : -1]), (T[1]){v})
#define THRUM_FITS_(T, e, v)                                                                                          \
	(THRUM_SAME_(T, __typeof__(v)) || (THRUM_INT_(v) && (THRUM_INT_(e) || THRUM_FLOAT_(e))) ||                      \
		(THRUM_FLOAT_(v) && THRUM_FLOAT_(e)) ||                                                                \
		(THRUM_PTR_(v) && THRUM_PTR_(e) &&                                                                     \
			(THRUM_SAME_(THRUM_AT_(e, v), THRUM_AT_(e, e)) || THRUM_SAME_(THRUM_AT_(e, v), void) ||        \
				THRUM_SAME_(THRUM_AT_(e, e), void))))
#define THRUM_INT_(x) (__builtin_classify_type(x) >= 1 && __builtin_classify_type(x) <= 4)
#define THRUM_PTR_(x) (__builtin_classify_type(x) == 5)
#define THRUM_FLOAT_(x) (__builtin_classify_type(x) == 8 || __builtin_classify_type(x) == 9)
#define THRUM_AT_(e, x) __typeof__(*__builtin_choose_expr(THRUM_PTR_(e) && THRUM_PTR_(x), (x), (char *)0))
#define THRUM_SAME_(a, b) __builtin_types_compatible_p(a, b)
// A pointer to exactly T, or a constant NULL.
#define THRUM_PLACE_(T, p) _Generic(1 ? (p) : (T *)0, T * : (p))
#define THRUM_SOURCE_(T, p) _Generic(1 ? (p) : (T *)0, T * : (p), const T * : (p))

// The loop of a select runs its body twice. In the first turn each case enters itself and skips its
// block; in the second one the chosen block runs.
struct thrum_selecting {
	int pass, at, chosen, n;
	int64_t timeout;
	thrum_selcase cases[THRUM_SELECT_MAX];
};

static __inline struct thrum_selecting
thrum_sel_begin(void)
{
	struct thrum_selecting s;
	s.pass = s.at = s.n = 0;
	s.chosen = -1;
	s.timeout = -1;
	return s;
}

static __inline bool
thrum_sel_next(struct thrum_selecting *s)
{
	if (s->pass == 1)
		s->chosen = thrum_select(s->cases, (size_t)s->n, s->timeout);
	return s->pass++ < 2;
}

static __inline bool
thrum_sel_add(struct thrum_selecting *s, thrum_chan *c, void *elem, bool send)
{
	if (s->n == THRUM_SELECT_MAX)
		thrum_select(s->cases, (size_t)-1, 0); // a fatal error
	s->cases[s->n++] = (thrum_selcase){c, elem, send, false};
	return false;
}

#define THRUM_ON_(c, p, send, then)                                                                                   \
	if (thrum_sel_.pass == 1 ? thrum_sel_add(&thrum_sel_, thrum_chan_raw(c), p, send)                              \
				 : thrum_sel_.chosen == thrum_sel_.at++ && (then))

#endif

#ifdef __cplusplus
}
#endif

#endif
