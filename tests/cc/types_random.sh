#!/bin/bash
# SPDX-License-Identifier: MIT
#
# types_random.sh - Shows that the descriptor of a random type is right: offset, size and bits of
# each field as the compiler has them, and each word that is a pointer. TYPES is the number of
# programs of 25 types (6), THRUM_SEED the seed of the first.
set -eu
cd "$WORK"
seed=${THRUM_SEED:-1}

cat >generate.py <<'END'
import random
import sys

r = random.Random(int(sys.argv[1]))
PLAIN = ["char", "short", "int", "long", "float", "double", "_Bool", "long double", "__int128", "unsigned long", "enum en",
         "volatile long", "int[3]", "char[5]", "_Atomic int"]
POINTER = ["void *", "char *", "const char *const", "uintptr_t", "int (*)(void)", "void *[2]", "uintptr_t[2]",
           "_Atomic(void *)", "word"]
BITS = {"int": 32, "unsigned": 32, "long": 64, "char": 8, "_Bool": 1, "short": 16, "enum en": 32, "unsigned long": 64}
names = 0


def name():
    global names
    names += 1
    return "f%d" % names


def declare(kind, n):
    if "(*)" in kind:
        return kind.replace("(*)", "(*%s)" % n)
    base, bracket, rest = kind.partition("[")
    return "%s %s%s%s" % (base, n, bracket, rest)


def body(depth, path, found):
    """Fields of a struct or union; found gets (path, name, width of a bit-field or None, pointer?)."""
    out = []
    for _ in range(r.randint(1, 5)):
        c = r.random()
        if depth < 3 and c < 0.3:
            anonymous, array = r.random() < 0.4, r.random() < 0.2
            n = "" if anonymous else name()
            inner = []
            text = body(depth + 1, path + n + "." * (not anonymous), inner)
            if not anonymous:
                found.append((path + n, n, None, False))
            if anonymous or not array:
                found += inner
            out.append("%s { %s } %s%s;" % (r.choice(["struct", "union"]), text, n, "[2]" * (array and not anonymous)))
        elif c < 0.4:
            kind, n = r.choice(list(BITS)), name()
            found.append((path + n, n, r.randint(1, BITS[kind]), False))
            out.append("%s %s : %d;" % (kind, n, found[-1][2]))
        elif c < 0.43:
            out.append("int : %d;" % r.randint(0, 31))
        else:
            pointer, n = r.random() < 0.4, name()
            out.append(declare(r.choice(POINTER if pointer else PLAIN), n) + ";")
            found.append((path + n, n, None, pointer))
    return " ".join(out)


print("""#include <stdio.h>
#include <string.h>
#include <thrum.h>
enum en { E0, E1 };
typedef uintptr_t word;
static int wrong;
static const thrum_field none;
static const thrum_field *
get(const thrum_type *t, const char *n)
{
	for (size_t i = 0; i < t->nfields; i++)
		if (strcmp(t->fields[i].name, n) == 0)
			return &t->fields[i];
	return &none;
}
static void
field(const thrum_type *t, const char *n, size_t at, size_t size, int pointer)
{
	const thrum_field *f = get(t, n);
	int bad = f == &none || f->offset != at || (f->size != size && f->size != 0) || f->bits;
	for (size_t i = at; pointer && i < at + size; i += 8)
		bad |= i >= t->ptrbytes || !(t->ptrs[i / 64] >> i / 8 % 8 & 1);
	if (bad)
		printf("%s.%s: offset %zu for %zu, size %u for %zu, bits %d\\n", t->name, n, f->offset, at, f->size, size, f->bits);
	wrong |= bad;
}
static void
bits(const thrum_type *t, const char *n, unsigned width, const unsigned char *ones)
{
	static unsigned char b[1 << 16];
	const thrum_field *f = get(t, n);
	memset(b, 0, sizeof b);
	for (size_t i = f->offset * 8 + f->bit; i < f->offset * 8 + f->bit + width; i++)
		b[i / 8] |= (unsigned char)(1 << i % 8);
	if (f->bits != width || memcmp(b, ones, t->size) != 0) {
		printf("%s.%s: offset %zu, bit %d, width %d for %u\\n", t->name, n, f->offset, f->bit, f->bits, width);
		wrong = 1;
	}
}""")
calls = []
for k in range(25):
    found = []
    whole = "%s s%d" % (r.choice(["struct", "struct", "union"]), k)
    text = body(0, "", found)
    packed = not any(f[3] for f in found) and "*" not in text and "word" not in text and "uintptr" not in text and "union" not in text
    print("%s { %s }%s;" % (whole, text, r.choice(["", " __attribute__((packed))" if packed else "", " __attribute__((aligned(32)))"])))
    calls.append("\t{\n\t\tconst thrum_type *t = thrum_type_of(thrum_new(%s));\n\t\twrong |= !t || t->size != sizeof(%s);" % (whole, whole))
    for path, n, width, pointer in found:
        if width is None:
            calls.append('\t\tfield(t, "%s", __builtin_offsetof(%s, %s), sizeof((%s *)0)->%s, %d);' % (n, whole, path, whole, path, pointer))
        else:
            calls.append("\t\t{ static %s v; memset(&v, 0, sizeof v); v.%s = (__typeof__(v.%s + 0))-1; bits(t, \"%s\", %d, (unsigned char *)&v); }"
                         % (whole, path, path, n, width))
    calls.append("\t}")
print("int\nmain(void)\n{\n%s\n\treturn wrong;\n}" % "\n".join(calls))
END

for i in $(seq "${TYPES:-6}"); do
	python3 generate.py $((seed + i)) >t.c
	for flags in -O0 -O2 "-O1 -fsanitize=undefined"; do
		# shellcheck disable=SC2086
		"$THRUMCC" -w $flags t.c -o t && ./t || {
			echo "seed $((seed + i)), $flags"
			exit 1
		}
	done
done
echo "total: ${TYPES:-6} programs of 25 types"
