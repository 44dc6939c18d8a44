// SPDX-License-Identifier: MIT
//
// switch.c - question: what does a bare context switch cost?
//
// thrum's three switches beside a predicted indirect jump (the floor of the hardware), fcontext,
// ucontext, and the kernel's switch of two threads; all in this process, in interleaved rounds. One
// operation is one switch, half a round trip.
//
//	.../one    each context has one site: a loop around one switch
//	.../many   each context has 16 sites of its own; see peers/peers.h
//	SwitchTouch/.../N  each context touches N KB of its own before it switches: the
//	           indirect cost, cold caches. SwitchTouch/none/N does the same
//	           touching in one context without a switch: subtract it.
//
// Built by plain clang: these contexts run on stacks of the caller, which do not grow. Only the
// switch itself comes from thrum.

#include "peers/peers.h"
#include <thrum/switch.h>

_Alignas(4096) char peer_buffer[2][PEER_BUFFER];

// Not a power of two apart, so that the two stacks do not share cache sets.
static _Alignas(64) char stack[65536 + 1344];
static thrum_gobuf a, b;

// SWITCH_CASES defines the loops and runners of one kind of switch.
#define SWITCH_CASES(kind, sw)                                                    \
	BENCH_NOINLINE static void kind##_one(uint64_t n)                             \
	{                                                                             \
		for (; n != 0; n--)                                                       \
			sw(&a, &b);                                                           \
	}                                                                             \
	BENCH_NOINLINE static void kind##_many_a(uint64_t n)                          \
	{                                                                             \
		for (; n != 0; n--) {                                                     \
			PEER_16(sw(&a, &b);)                                                  \
		}                                                                         \
	}                                                                             \
	BENCH_NOINLINE static void kind##_touch(thrum_gobuf *me, thrum_gobuf *peer,   \
	                                        uint64_t n, char *buf, size_t bytes)  \
	{                                                                             \
		for (; n != 0; n--) {                                                     \
			peer_touch(buf, bytes);                                               \
			sw(me, peer);                                                         \
		}                                                                         \
	}                                                                             \
	static void kind##_entry_one(void *arg)                                       \
	{                                                                             \
		(void)arg;                                                                \
		for (;;)                                                                  \
			sw(&b, &a);                                                           \
	}                                                                             \
	static void kind##_entry_many(void *arg)                                      \
	{                                                                             \
		(void)arg;                                                                \
		for (;;) {                                                                \
			PEER_16(sw(&b, &a);)                                                  \
		}                                                                         \
	}                                                                             \
	static void kind##_entry_touch(void *arg)                                     \
	{                                                                             \
		kind##_touch(&b, &a, UINT64_MAX, peer_buffer[1], (size_t)arg);            \
		__builtin_trap();                                                         \
	}                                                                             \
	static void kind##_run_one(bench_case *c, uint64_t n)                         \
	{                                                                             \
		(void)c;                                                                  \
		thrum_gobuf_init(&b, stack, sizeof stack, kind##_entry_one, NULL);        \
		kind##_one(n / 2);                                                \
	}                                                                             \
	static void kind##_run_many(bench_case *c, uint64_t n)                        \
	{                                                                             \
		(void)c;                                                                  \
		thrum_gobuf_init(&b, stack, sizeof stack, kind##_entry_many, NULL);       \
		kind##_many_a(n / 32);                                                    \
	}                                                                             \
	static BENCH_UNUSED void kind##_run_touch(bench_case *c, uint64_t n)          \
	{                                                                             \
		thrum_gobuf_init(&b, stack, sizeof stack, kind##_entry_touch, (void *)c->arg); \
		kind##_touch(&a, &b, n / 2, peer_buffer[0], c->arg);                      \
	}

SWITCH_CASES(inl, thrum_switch)
#ifdef THRUM_HAVE_SWITCH_CALL
SWITCH_CASES(call, thrum_switch_call)
#endif
SWITCH_CASES(sysv, thrum_switch_sysv)

// The touching of two contexts, in one.
static void
run_touch_none(bench_case *c, uint64_t n)
{
	for (uint64_t i = 0; i < n / 2; i++) {
		peer_touch(peer_buffer[0], c->arg);
		__asm__ volatile("" : : : "memory");
		peer_touch(peer_buffer[1], c->arg);
		__asm__ volatile("" : : : "memory");
	}
}

static bench_case cases[] = {
	{.name = "Switch/thrum-inline/one", .run = inl_run_one, .unit = 2},
	{.name = "Switch/thrum-inline/many", .run = inl_run_many, .unit = 32},
#ifdef THRUM_HAVE_SWITCH_CALL
	{.name = "Switch/thrum-call/one", .run = call_run_one, .unit = 2},
	{.name = "Switch/thrum-call/many", .run = call_run_many, .unit = 32},
#endif
	{.name = "Switch/thrum-sysv/one", .run = sysv_run_one, .unit = 2},
	{.name = "Switch/thrum-sysv/many", .run = sysv_run_many, .unit = 32},
	{.name = "SwitchTouch/none/4KB", .run = run_touch_none, .arg = 4 << 10, .unit = 2},
	{.name = "SwitchTouch/none/32KB", .run = run_touch_none, .arg = 32 << 10, .unit = 2},
	{.name = "SwitchTouch/none/256KB", .run = run_touch_none, .arg = 256 << 10, .unit = 2},
	{.name = "SwitchTouch/thrum-inline/4KB", .run = inl_run_touch, .arg = 4 << 10, .unit = 2},
	{.name = "SwitchTouch/thrum-inline/32KB", .run = inl_run_touch, .arg = 32 << 10, .unit = 2},
	{.name = "SwitchTouch/thrum-inline/256KB", .run = inl_run_touch, .arg = 256 << 10, .unit = 2},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_case *tables[] = {cases, jump_cases, ucontext_cases, fcontext_cases, thread_cases};
	bench_case *list[64];
	unsigned n = 0;
	bench_init(argc, argv);
	for (unsigned i = 0; i < sizeof tables / sizeof tables[0]; i++)
		for (bench_case *c = tables[i]; c != NULL && c->name != NULL && n < 64; c++)
			list[n++] = c;
	bench_rotate(list, n, bench_rounds(9));
	return 0;
}
