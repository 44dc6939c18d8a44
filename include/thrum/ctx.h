// SPDX-License-Identifier: MIT
//
// ctx.h - contexts: who is to stop, until when, on whose behalf; and nurseries: goroutines that end before
// the block that has started them does.
//
//	thrum_ctx *c = thrum_ctx_with_timeout(parent, 2000000000);
//	...                                      pass c on; look at thrum_ctx_err(c), wait for thrum_ctx_done(c)
//	thrum_ctx_release(c);
//
//	THRUM_NURSERY(n, c, 8);                  at most 8 at a time
//	for (...)
//		if (thrum_nursery_go(&n, fetch, job) < 0) ...
//	int err = thrum_nursery_close(&n);       all have ended; the first error
//
// Contexts form a tree. Cancelling one cancels all below it, nothing above. Each call that makes one
// gives its caller a reference, and a context keeps those above it; when the last reference goes, it ends, and its
// timer with it. A context that is used after that is a fatal error, as long as its memory is not used anew,
// which takes a while. All calls may be made by goroutines, by foreign code that they have called, and by any
// other thread. Source of the idea: Go's context and errgroup.

#ifndef THRUM_CTX_H
#define THRUM_CTX_H

#include <stdbool.h>
#include <stdint.h>

#include "thrum/chan.h"
#include "thrum/panic.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct thrum_ctx thrum_ctx;

// thrum_ctx_background returns the root: never cancelled, no deadline, no values, needs no release.
thrum_ctx *thrum_ctx_background(void);

// These return a context below parent, NULL without memory. None parks. The second is cancelled, with the error
// -ETIMEDOUT, when thrum_now() is at least when; the third in ns nanoseconds. The fourth answers key, an address that
// nobody else uses, with value. The last has parent's values and is not cancelled with it.
thrum_ctx *thrum_ctx_with_cancel(thrum_ctx *parent) __attribute__((warn_unused_result));
thrum_ctx *thrum_ctx_with_deadline(thrum_ctx *parent, uint64_t when) __attribute__((warn_unused_result));
thrum_ctx *thrum_ctx_with_timeout(thrum_ctx *parent, int64_t ns) __attribute__((warn_unused_result));
thrum_ctx *thrum_ctx_with_value(thrum_ctx *parent, const void *key, void *value) __attribute__((warn_unused_result));
thrum_ctx *thrum_ctx_without_cancel(thrum_ctx *parent) __attribute__((warn_unused_result));

// thrum_ctx_retain takes one more reference and returns c. thrum_ctx_release gives one back; NULL does nothing. The last one
// frees what thrum_ctx_done has returned: nobody may wait for it any more.
thrum_ctx *thrum_ctx_retain(thrum_ctx *c);
void thrum_ctx_release(thrum_ctx *c);

// thrum_ctx_cancel cancels c, made by one of the first three calls, and all below it; all are when it returns.
// thrum_ctx_cancel_cause says why: any number but 0. Only the first counts. Does not park for long.
void thrum_ctx_cancel(thrum_ctx *c);
void thrum_ctx_cancel_cause(thrum_ctx *c, int cause);

// thrum_ctx_err returns 0 until c is cancelled, then -ECANCELED or -ETIMEDOUT; thrum_ctx_cause likewise the
// cause of the one that was cancelled first, of those above: what thrum_ctx_cancel_cause was given, else the error.
int thrum_ctx_err(const thrum_ctx *c);
int thrum_ctx_cause(const thrum_ctx *c);

// thrum_ctx_done returns a channel that is closed when c is cancelled, NULL when it never can be: a case for
// thrum_select. It belongs to c. NULL also without memory, which the next call may find.
thrum_chan *thrum_ctx_done(thrum_ctx *c);

#ifdef THRUM_ON_RECV
// THRUM_ON_DONE(c) is a case of THRUM_SELECT: c is cancelled.
__extension__ typedef struct thrum_nothing {
} thrum_nothing;
#define THRUM_ON_DONE(c) THRUM_ON_RECV(thrum_chan_as(thrum_nothing, thrum_ctx_done(c)), NULL)
#endif

// thrum_ctx_sleep parks for ns nanoseconds, or until c is cancelled. 0 or thrum_ctx_err(c).
int thrum_ctx_sleep(thrum_ctx *c, int64_t ns);

// thrum_ctx_deadline tells whether c has a deadline, and when (may be NULL).
bool thrum_ctx_deadline(const thrum_ctx *c, uint64_t *when);

// thrum_ctx_value returns the value of the nearest context above, or c, that answers key; NULL when none does.
void *thrum_ctx_value(const thrum_ctx *c, const void *key);

// ---- nurseries -----------------------------------------------------------------

#define THRUM_ORIGIN 32 // frames

// Where a panic came up in a goroutine that has ended: for the report, should nobody recover it.
typedef struct thrum_origin {
	uint64_t goid;
	uintptr_t gopc; // of who has started it
	uint32_t n;
	uintptr_t pc[THRUM_ORIGIN]; // the innermost frame first
} thrum_origin;

// A thrum_nursery starts goroutines and waits for them. It lies where the caller wants, often in a local; the
// fields are the runtime's.
typedef struct thrum_nursery {
	thrum_ctx *ctx;
	uint32_t magic, limit, running;
	int err;
	struct thrum_g *waiters, *last; // in thrum_nursery_go, for their turn
	struct thrum_g *closer;
	bool panicked;
	thrum_panicinfo panic; // of the first that did
	thrum_origin origin;   // likewise
} thrum_nursery;

// thrum_nursery_open prepares n, with a context of its own below parent (NULL: thrum_ctx_background()) and at most limit
// goroutines at a time (0: any number). 0 or -ENOMEM, which the calls below return, too, then. THRUM_NURSERY is better.
int thrum_nursery_open(thrum_nursery *n, thrum_ctx *parent, uint32_t limit) __attribute__((warn_unused_result));

// thrum_nursery_go starts fn(ctx, arg) in a goroutine of n, ctx being n's context; parks while there are
// as many as the limit allows. When fn returns an error, anything but 0, or panics, the first of them counts: it
// cancels ctx, with the error as its cause, so that the others end. May be called by n's goroutines too. 0, -ENOMEM.
int thrum_nursery_go(thrum_nursery *n, int (*fn)(thrum_ctx *ctx, void *arg), void *arg) __attribute__((warn_unused_result));

// thrum_nursery_trygo is the same without parking: -EAGAIN at the limit.
int thrum_nursery_trygo(thrum_nursery *n, int (*fn)(thrum_ctx *ctx, void *arg), void *arg) __attribute__((warn_unused_result));

// thrum_nursery_ctx returns n's context, for the caller's own use until n is closed.
thrum_ctx *thrum_nursery_ctx(thrum_nursery *n);

// thrum_nursery_cancel cancels n's context, thrum_nursery_join parks until all goroutines of n have ended; n is closed
// then, and may be opened anew. It returns the first error, 0 if there was none.
void thrum_nursery_cancel(thrum_nursery *n);
int thrum_nursery_join(thrum_nursery *n);

// thrum_nursery_close is thrum_nursery_join, and if one of the goroutines has panicked, so does the caller now, by the
// same panic. When nobody recovers that the report shows where it came up. Compiled with the caller, whose panic it is.
static __inline int thrum_nursery_close(thrum_nursery *n);

// thrum_nursery_end is what happens when the block is left without thrum_nursery_close: n's context is
// cancelled, and all goroutines are waited for. Closed: nothing.
static __inline void thrum_nursery_end(thrum_nursery *n);

// THRUM_NURSERY declares n and opens it; when the block is left, by whatever way, thrum_nursery_end.
#define THRUM_NURSERY(n, parent, limit) \
	thrum_nursery n; \
	(void)!thrum_nursery_open(&n, (parent), (limit)); \
	THRUM_DEFER(thrum_nursery_end, &n)

// ---- in line -------------------------------------------------------------------

// Not for programs: panics as n's goroutine has.
__attribute__((noreturn)) void thrum_nursery_panic(const thrum_nursery *n);

static __inline int
thrum_nursery_close(thrum_nursery *n)
{
	int err = thrum_nursery_join(n);
	if (n->panicked)
		thrum_nursery_panic(n);
	return err;
}

static __inline void
thrum_nursery_end(thrum_nursery *n)
{
	if (n->magic == 0)
		return;
	thrum_nursery_cancel(n);
	thrum_nursery_close(n);
}

#ifdef __cplusplus
}
#endif

#endif
