// SPDX-License-Identifier: MIT
//
// modules_test.c - where a signal must not stop a goroutine: the lists that modules bring, in any
// order, with ranges inside one another, against a bitmap.

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/links.h"
#include "core/base/modules.h"
#include "thrum/abi.h"

static const struct thrum_linkage none; // it calls no function of another module

#define TEXT 4096
#define MODULES 8
#define MANY 1000
#define MOST 200

// A module: its list must be within 2 GB of its text.
static struct module {
	char text[TEXT];
	char unsafe[TEXT + 1];
	struct thrum_nopreempt list[MOST];
	size_t n;
} modules[MODULES];

static uint64_t seed = 88172645463325252;

static uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void
record(struct module *mod, uintptr_t start, uint32_t size)
{
	struct thrum_nopreempt *r = &mod->list[mod->n++];
	*r = (struct thrum_nopreempt){(int32_t)((uintptr_t)mod->text + start - (uintptr_t)r), size};
	memset(mod->unsafe + start, 1, size);
}

static void
enter(struct module *mod)
{
	thrum_register_module(mod->text, mod->text + TEXT, NULL, NULL, THRUM_ABI, mod->list, mod->list + mod->n,
		&none);
}

// ascending, as the linker leaves them; else in any order
static void
fill(struct module *mod, size_t n, bool ascending)
{
	uintptr_t at = 0;
	memset(mod, 0, sizeof *mod);
	for (size_t i = 0; i < n; i++) {
		uint32_t size = (uint32_t)(rnd() % (rnd() % 8 ? 20 : 300));
		if (ascending) {
			at += rnd() % 20;
			if (at + size > TEXT)
				break;
			record(mod, at, size);
			at += size;
		} else {
			record(mod, rnd() % (TEXT - size + 1), size);
		}
	}
}

static void
look(const struct module *mod, bool known)
{
	for (uintptr_t i = 0; i < TEXT; i++) {
		uintptr_t pc = (uintptr_t)mod->text + i;
		cr_assert_eq(instrumented(pc), known);
		cr_assert_eq(
			nopreempt(pc), known && mod->unsafe[i], "offset %lu of %zu ranges", (unsigned long)i, mod->n);
	}
}

Test(modules, nopreempt)
{
	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < MODULES; i++) {
			fill(&modules[i], i == 0 ? 0 : i == 1 ? 1 : rnd() % MOST, round & 1);
			look(&modules[i], false);
			enter(&modules[i]);
		}
		for (int i = 0; i < MODULES; i++)
			look(&modules[i], true);
		// One goes, and another takes its place.
		int gone = (int)(rnd() % MODULES);
		thrum_unregister_module(modules[gone].text);
		for (int i = 0; i < MODULES; i++)
			look(&modules[i], i != gone);
		fill(&modules[gone], rnd() % MOST, !(round & 1));
		enter(&modules[gone]);
		for (int i = 0; i < MODULES; i++)
			look(&modules[i], true);
		for (int i = 0; i < MODULES; i++)
			thrum_unregister_module(modules[i].text);
	}
	cr_assert(!nopreempt(0));
	cr_assert(!nopreempt((uintptr_t)rnd));
}

// There is no limit of modules; those that go leave their places to others.
Test(modules, many)
{
	static char text[MANY][16];
	static struct thrum_nopreempt list[MANY];
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++) {
			list[i] = (struct thrum_nopreempt){(int32_t)(text[i] + 4 - (char *)&list[i]), 2};
			thrum_register_module(text[i], text[i] + 16, NULL, NULL, THRUM_ABI, &list[i], &list[i] + 1,
				&none);
		}
		for (int i = 0; i < MANY; i++)
			for (int k = 0; k < 16; k++) {
				cr_assert(instrumentedtext((uintptr_t)&text[i][k]));
				cr_assert_eq(nopreempt((uintptr_t)&text[i][k]), k == 4 || k == 5);
			}
		for (int i = round; i < MANY; i++)
			thrum_unregister_module(text[i]);
		for (int i = 0; i < MANY; i++)
			cr_assert_eq(instrumented((uintptr_t)text[i]), i < round);
		for (int i = 0; i < round; i++)
			thrum_unregister_module(text[i]);
	}
}

// A range that ends before it begins, or behind the text: what made this object is not to be
// trusted.
Test(modules, negative, .exit_code = 2)
{
	fill(&modules[0], 3, true);
	modules[0].list[1].size = (uint32_t)-16;
	enter(&modules[0]);
}

Test(modules, outside, .exit_code = 2)
{
	fill(&modules[0], 3, true);
	modules[0].list[2].start -= TEXT;
	enter(&modules[0]);
}
