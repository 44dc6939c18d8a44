// SPDX-License-Identifier: MIT
//
// local.c - addresses of locals go over channels, and are read and written by others, while the
// stacks of all move.
//
//	local N SEED
//
// Each sender has a message in a local, sends its address, and waits in another depth of recursion
// than before until the receiver has answered into it, which does so from another depth too. In
// turn the message goes by value, from a local to a local. Stacks grow by the recursion and shrink
// in between, so that each of the N exchanges meets another layout.
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

enum { PAIRS = 8, DEPTH = 40 };

struct message {
	uint64_t id, answer;
	THRUM_CHAN(uint64_t) back;
};

static THRUM_CHAN(struct message *) addresses;
static THRUM_CHAN(struct message) values;
static thrum_wg wg;
static uint64_t each, seed;
static _Atomic uint64_t exchanges;

static uint64_t
answerto(uint64_t id)
{
	return ~id * 3;
}

// at calls fn(a, b) n levels deeper; each has an array that must be whole afterwards.
__attribute__((noinline)) static void
at(unsigned n, void (*fn)(void *, void *), void *a, void *b)
{
	uint64_t room[6] = {n, n + 1, n + 2, n + 3, n + 4, n + 5};
	volatile uint64_t *p = room;
	if (n == 0)
		fn(a, b);
	else
		at(n - 1, fn, a, b);
	for (unsigned i = 0; i < 6; i++)
		CHECK(p[i] == n + i);
}

static void
sendaddress(void *m, void *unused)
{
	struct message *p = m;
	(void)unused;
	THRUM_SEND(addresses, p);
}

static void
sendvalue(void *m, void *unused)
{
	(void)unused;
	THRUM_SEND(values, *(struct message *)m);
}

static void
hear(void *m, void *word)
{
	CHECK(THRUM_RECV(((struct message *)m)->back, (uint64_t *)word));
}

static void
maybeshrink(uint64_t v)
{
	if (v % 8 == 0)
		thrum_stack_shrink();
}

static void
sender(void *arg)
{
	uint64_t r = seed + (uintptr_t)arg, who = (uint64_t)(uintptr_t)arg << 40;
	THRUM_CHAN(uint64_t) back = thrum_chan_of(uint64_t, 0);
	for (uint64_t i = 0; i < each; i++) {
		struct message m = {who + i, 0, back};
		uint64_t v = next(&r), word = 0;
		bool value = v & 1;
		at((v >> 8) % DEPTH, value ? sendvalue : sendaddress, &m, NULL);
		at((v >> 16) % DEPTH, hear, &m, &word);
		CHECK(word == answerto(who + i) && m.id == who + i);
		CHECK(m.answer == (value ? 0 : word));
		exchanges++;
		maybeshrink(v >> 24);
	}
	THRUM_FREE(back);
	thrum_wg_done(&wg);
}

static void
take(void *address, void *value)
{
	struct message **p = address;
	THRUM_SELECT {
	THRUM_ON_RECV(addresses, p) {
	}
	THRUM_ON_RECV(values, (struct message *)value) {
	}
	}
}

static void
receiver(void *arg)
{
	uint64_t r = ~seed - (uintptr_t)arg;
	for (;;) {
		struct message *p = NULL, m = {0};
		uint64_t v = next(&r);
		at((v >> 8) % DEPTH, take, &p, &m);
		if (!p && !m.back)
			break; // closed
		THRUM_CHAN(uint64_t) back = p ? p->back : m.back;
		uint64_t answer = answerto(p ? p->id : m.id);
		if (p)
			p->answer = answer; // another's local
		THRUM_SEND(back, answer);
		maybeshrink(v >> 24);
	}
	thrum_wg_done(&wg);
}

int
main(int argc, char **argv)
{
	CHECK(argc == 3);
	each = strtoull(argv[1], NULL, 10) / PAIRS;
	seed = strtoull(argv[2], NULL, 10);
	addresses = thrum_chan_of(struct message *, 0);
	values = thrum_chan_of(struct message, 2);
	thrum_wg_add(&wg, PAIRS);
	for (uintptr_t i = 0; i < PAIRS; i++)
		CHECK(thrum_go(sender, (void *)(i + 1)) == 0 && thrum_go(receiver, (void *)(i + 1)) == 0);
	thrum_wg_wait(&wg);
	thrum_wg_add(&wg, PAIRS);
	THRUM_CLOSE(addresses);
	THRUM_CLOSE(values);
	thrum_wg_wait(&wg);
	thrum_stats s;
	thrum_get_stats(&s);
	printf("%lu exchanges, %lu parks, %lu stacks moved\n", (unsigned long)exchanges, (unsigned long)s.parks, (unsigned long)s.copies);
	CHECK(exchanges == each * PAIRS);
	return 0;
}
