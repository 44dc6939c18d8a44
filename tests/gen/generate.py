#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""generate - a random C program with features that csmith never uses.

    tests/gen/generate.py SEED [KIND...]    the program, of these kinds of units (units.py)

A program is a few types (shapes.py) and a few units; main calls each unit and prints what came of
it, so a wrong line names its unit. Compiled with -DPART=1 it lacks the functions that -DPART=2 has,
which may be another compiler's. Programs are free of undefined and unspecified behaviour but for
GNU extensions, and print the same each time.
"""

import random
import sys

sys.dont_write_bytecode = True

import shapes
import units

PRELUDE = r"""// tests/gen, seed %(seed)d: %(kinds)s
#define _GNU_SOURCE
#include <alloca.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PART
#define PART 0
#endif
#define NOINLINE __attribute__((noinline))

%(integers)s
typedef unsigned __int128 u128;
typedef __int128 s128;

extern int pool[16], fuel;

static u64
mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15;
	return h ^ h >> 29;
}

static u64
next(u64 x)
{
	return mix(x, 12345);
}

static inline __bf16
bf(float f)
{
	union { float f; u32 u; } from = {f};
	union { u16 u; __bf16 b; } to = {from.u >> 16};
	return to.b;
}

%(types)s
#if PART != 2
int pool[16] = {0, 1, 2}, fuel;

static u64 out(int unit, u64 x);

// Takes n frames of stack.
static NOINLINE u64
burn(int n, u64 x)
{
	volatile u64 here = x + n;
	if (n > 0)
		x = burn(n - 1, here);
	return mix(x, here);
}
#endif
"""

MAIN = r"""
#if PART != 2
static u64 (*const table[])(u64) = {%(table)s};

// Calls a unit while there is fuel.
static NOINLINE u64
out(int unit, u64 x)
{
	if (fuel-- <= 0 || !table[unit])
		return next(x);
	return table[unit](x);
}

int
main(void)
{
%(calls)s	return 0;
}
#endif
"""


def part(condition, text):
    return "#if PART != %d\n%s#endif\n" % (condition, text) if text else ""


class Source:
    """The program of a seed; text() without the dropped units."""

    def __init__(self, seed, kinds=()):
        rnd = random.Random(seed)
        count = rnd.randint(3, 5)
        self.seed, self.types, self.units = seed, shapes.Types(rnd), []
        self.kinds = [rnd.choice(kinds or list(units.KINDS)) for _ in range(count)]
        for number, kind in enumerate(self.kinds):
            self.units.append(units.KINDS[kind](units.Words(rnd, self.types, number, count)))
        self.declared = self.types.text()

    def text(self, dropped=()):
        kept = [k for k in range(len(self.units)) if k not in dropped]
        result = PRELUDE % {
            "seed": self.seed, "kinds": " ".join(self.kinds), "types": self.declared,
            "integers": "\n".join("typedef %s %s;" % (c, name) for name, c in shapes.INTEGERS.items())}
        for k in kept:
            shared, _, rest = self.units[k].rpartition("//own\n")
            own, _, far = rest.partition("//far\n")
            result += "\n// ---- unit %d: %s ----\n" % (k, self.kinds[k]) + shared + part(2, own) + part(1, far)
        return result + MAIN % {
            "table": ", ".join("work_%d" % k if k in kept else "NULL" for k in range(len(self.units))),
            "calls": "".join('\tfuel = 8;\n\tprintf("%d %s %%016lx\\n", work_%d(%d));\n' % (k, self.kinds[k], k, self.seed + k) for k in kept)}


if __name__ == "__main__":
    if len(sys.argv) < 2 or not sys.argv[1].isdigit():
        sys.exit("usage: tests/gen/generate.py SEED [KIND...]")
    print(Source(int(sys.argv[1]), sys.argv[2:]).text(), end="")
