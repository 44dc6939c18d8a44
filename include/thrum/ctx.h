// SPDX-License-Identifier: MIT
//
// ctx.h - contexts: requests to stop, deadlines, and values of a task; and nurseries: goroutines
// that end before the block that has started them.
//
//	thrum_ctx *c = thrum_ctx_with_timeout(parent, 2000000000);
//	...                                 pass c on; test thrum_ctx_err(c), wait for thrum_ctx_done(c)
//	thrum_ctx_release(c);
//
//	THRUM_NURSERY(n, c, 8);                  at most 8 at a time
//	for (...)
//		if (thrum_nursery_go(&n, fetch, job) < 0) ...
//	int err = thrum_nursery_close(&n);       all have ended; the first error
//
// Contexts form a tree. To cancel one cancels all contexts below it, and none above. Each call that
// makes a context gives its caller a reference, and a context keeps those above it. When the last
// reference is released, the context ends, and its timer with it. A later use is a fatal error as
// long as the memory is not reused, which takes a while.
//
// Stack: any, also foreign code that a goroutine has called. If a call parks, a thread that runs no
// goroutine sleeps instead. Source of the idea: Go's context and errgroup.

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

// thrum_ctx_background returns the root. It is never cancelled, has no deadline and no values, and
// needs no release.
thrum_ctx *thrum_ctx_background(void);

// These calls return a new context below parent:
//
//   - with_cancel: one that thrum_ctx_cancel cancels.
//   - with_deadline: one that is cancelled with -ETIMEDOUT when thrum_now() is at least when.
//   - with_timeout: the same in ns nanoseconds.
//   - with_value: one that answers key with value. key is an address that no one else uses.
//   - without_cancel: one that has parent's values and is not cancelled with it.
//
// Errors: NULL without memory.
thrum_ctx *thrum_ctx_with_cancel(thrum_ctx *parent) __attribute__((warn_unused_result));
thrum_ctx *thrum_ctx_with_deadline(thrum_ctx *parent, uint64_t when) __attribute__((warn_unused_result));
thrum_ctx *thrum_ctx_with_timeout(thrum_ctx *parent, int64_t ns) __attribute__((warn_unused_result));
thrum_ctx *thrum_ctx_with_value(thrum_ctx *parent, const void *key, void *value) __attribute__((warn_unused_result));
thrum_ctx *thrum_ctx_without_cancel(thrum_ctx *parent) __attribute__((warn_unused_result));

// thrum_ctx_retain takes one more reference and returns c. thrum_ctx_release gives one back; NULL
// does nothing. The last release frees the channel of thrum_ctx_done: it must have no waiters.
thrum_ctx *thrum_ctx_retain(thrum_ctx *c);
void thrum_ctx_release(thrum_ctx *c);

// thrum_ctx_cancel cancels c and all contexts below it. c must come from with_cancel, with_deadline
// or with_timeout. All are cancelled when the call returns. thrum_ctx_cancel_cause also stores a
// cause, any number but 0. Only the first cancellation counts.
//
// Parks: not for long.
void thrum_ctx_cancel(thrum_ctx *c);
void thrum_ctx_cancel_cause(thrum_ctx *c, int cause);

// thrum_ctx_err returns 0 until c is cancelled, then -ECANCELED or -ETIMEDOUT. thrum_ctx_cause
// returns the cause of the cancellation that reached c: the number that thrum_ctx_cancel_cause
// was given, or else the error.
int thrum_ctx_err(const thrum_ctx *c);
int thrum_ctx_cause(const thrum_ctx *c);

// thrum_ctx_done returns a channel that is closed when c is cancelled: a case for thrum_select. The
// channel belongs to c.
//
// Errors: NULL if c can never be cancelled. NULL also without memory; a later call may find some.
thrum_chan *thrum_ctx_done(thrum_ctx *c);

#ifdef THRUM_ON_RECV
// THRUM_ON_DONE(c) is a case of THRUM_SELECT: c is cancelled.
__extension__ typedef struct thrum_nothing {
} thrum_nothing;
#define THRUM_ON_DONE(c) THRUM_ON_RECV(thrum_chan_as(thrum_nothing, thrum_ctx_done(c)), NULL)
#endif

// thrum_ctx_sleep waits for ns nanoseconds, or until c is cancelled.
//
// Parks: yes.
// Returns: 0 or thrum_ctx_err(c).
int thrum_ctx_sleep(thrum_ctx *c, int64_t ns);

// thrum_ctx_deadline returns whether c has a deadline, and stores it in *when. when may be NULL.
bool thrum_ctx_deadline(const thrum_ctx *c, uint64_t *when);

// thrum_ctx_value returns the value of the nearest context that answers key, from c upwards. NULL
// if there is none.
void *thrum_ctx_value(const thrum_ctx *c, const void *key);

// ---- nurseries -----------------------------------------------------------------

#define THRUM_ORIGIN 32 // frames

// The origin of a panic in a goroutine that has ended, for the report if the panic is not
// recovered.
typedef struct thrum_origin {
	uint64_t goid;
	uintptr_t gopc; // pc of the call that started it
	uint32_t n;
	uintptr_t pc[THRUM_ORIGIN]; // the innermost frame first
} thrum_origin;

// A thrum_nursery starts goroutines and waits for them. It lies in memory of the caller, often in a
// local. The fields are the runtime's.
typedef struct thrum_nursery {
	thrum_ctx *ctx;
	uint32_t magic, limit, running;
	int err;
	struct thrum_g *waiters, *last; // in thrum_nursery_go, for their turn
	struct thrum_g *closer;
	bool panicked;
	thrum_panicinfo panic; // of the first one that panicked
	thrum_origin origin;   // likewise
} thrum_nursery;

// thrum_nursery_open prepares n with a context of its own below parent; NULL means
// thrum_ctx_background(). At most limit goroutines run at a time; 0 means any number. THRUM_NURSERY
// is the better way to open one.
//
// Returns: 0.
// Errors: -ENOMEM; the calls below then return it, too.
int thrum_nursery_open(thrum_nursery *n, thrum_ctx *parent, uint32_t limit) __attribute__((warn_unused_result));

// thrum_nursery_go starts fn(ctx, arg) in a goroutine of n. ctx is n's context. The first fn that
// returns an error, any number but 0, or panics cancels ctx, so that the others end. The error is
// the cause. Goroutines of n may call it, too.
//
// Parks: while as many goroutines run as the limit allows.
// Returns: 0.
// Errors: -ENOMEM.
int thrum_nursery_go(thrum_nursery *n, int (*fn)(thrum_ctx *ctx, void *arg), void *arg) __attribute__((warn_unused_result));

// thrum_nursery_trygo is the same and does not park.
//
// Errors: -EAGAIN at the limit, -ENOMEM.
int thrum_nursery_trygo(thrum_nursery *n, int (*fn)(thrum_ctx *ctx, void *arg), void *arg) __attribute__((warn_unused_result));

// thrum_nursery_ctx returns n's context, for use by the caller until n is closed.
thrum_ctx *thrum_nursery_ctx(thrum_nursery *n);

// thrum_nursery_cancel cancels n's context. thrum_nursery_join waits until all goroutines of n have
// ended; n is closed then and may be opened again.
//
// Parks: join, yes.
// Returns: join, the first error, or 0.
void thrum_nursery_cancel(thrum_nursery *n);
int thrum_nursery_join(thrum_nursery *n);

// thrum_nursery_close is thrum_nursery_join. If one of the goroutines has panicked, the caller then
// panics with the same panic. If that is not recovered, the report shows its origin. The function
// is compiled with the caller, because the panic is the caller's.
//
// Parks: yes.
static __inline int thrum_nursery_close(thrum_nursery *n);

// thrum_nursery_end runs when a block is left without thrum_nursery_close. It cancels n's context
// and waits for all goroutines. If n is closed, it does nothing.
//
// Parks: yes.
static __inline void thrum_nursery_end(thrum_nursery *n);

// THRUM_NURSERY declares n and opens it. When the block is left, in whatever way, thrum_nursery_end
// runs.
#define THRUM_NURSERY(n, parent, limit) \
	thrum_nursery n; \
	(void)!thrum_nursery_open(&n, (parent), (limit)); \
	THRUM_DEFER(thrum_nursery_end, &n)

// ---- in line -------------------------------------------------------------------

// Not for programs: panics with the panic of n's goroutine.
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
