// SPDX-License-Identifier: MIT
//
// fcontext.c - peer: Boost.Context's fcontext, the switch on which other libraries are built.
//
// jump_fcontext is declared by hand: Boost ships the C symbols and a C++ header.
// Linked only where libboost_context is installed.

#include "peers.h"

typedef void *fcontext_t;
typedef struct {
	fcontext_t fctx;
	void *data;
} transfer_t;

transfer_t jump_fcontext(fcontext_t to, void *data);
fcontext_t make_fcontext(void *top, size_t size, void (*fn)(transfer_t));

static _Alignas(64) char stack[65536 + 4096];

// All contexts that run this resume at one address.
BENCH_NOINLINE static fcontext_t
one(fcontext_t peer, uint64_t n)
{
	for (; n != 0; n--)
		peer = jump_fcontext(peer, NULL).fctx;
	return peer;
}

#define SITE peer = jump_fcontext(peer, NULL).fctx;

BENCH_NOINLINE static fcontext_t
many_a(fcontext_t peer, uint64_t n)
{
	for (; n != 0; n--) {
		PEER_16(SITE)
	}
	return peer;
}

BENCH_NOINLINE static fcontext_t
many_b(fcontext_t peer, uint64_t n)
{
	for (; n != 0; n--) {
		PEER_16(SITE)
		__asm__ volatile("nop"); // so that many_a is not this one folded
	}
	return peer;
}

BENCH_NOINLINE static fcontext_t
touch(fcontext_t peer, uint64_t n, char *buf, size_t bytes)
{
	for (; n != 0; n--) {
		peer_touch(buf, bytes);
		peer = jump_fcontext(peer, NULL).fctx;
	}
	return peer;
}

static void
entry_one(transfer_t t)
{
	one(t.fctx, UINT64_MAX);
}

static void
entry_many(transfer_t t)
{
	many_b(t.fctx, UINT64_MAX);
}

static void
entry_touch(transfer_t t)
{
	touch(t.fctx, UINT64_MAX, peer_buffer[1], *(size_t *)t.data);
}

static void
run_one(bench_case *c, uint64_t n)
{
	(void)c;
	one(make_fcontext(stack + 65536, 65536, entry_one), n / 2);
}

static void
run_many(bench_case *c, uint64_t n)
{
	(void)c;
	many_a(make_fcontext(stack + 65536, 65536, entry_many), n / 32);
}

static void
run_touch(bench_case *c, uint64_t n)
{
	size_t bytes = c->arg;
	fcontext_t f = make_fcontext(stack + 65536, 65536, entry_touch);
	f = jump_fcontext(f, &bytes).fctx;
	touch(f, n / 2, peer_buffer[0], bytes);
}

bench_case fcontext_cases[] = {
	{.name = "Switch/fcontext/one", .run = run_one, .unit = 2},
	{.name = "Switch/fcontext/many", .run = run_many, .unit = 32},
	{.name = "SwitchTouch/fcontext/4KB", .run = run_touch, .arg = 4 << 10, .unit = 2},
	{.name = "SwitchTouch/fcontext/32KB", .run = run_touch, .arg = 32 << 10, .unit = 2},
	{.name = "SwitchTouch/fcontext/256KB", .run = run_touch, .arg = 256 << 10, .unit = 2},
	{.name = NULL},
};
