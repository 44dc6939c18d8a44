#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nolock - the owner of a run queue executes no locked instruction: neither thrum_yield,
# nor a foreign call, nor a push or a pop compiled from runq.h.
set -eu
cd "$ROOT"
locked='lock |xchg .*\(|mfence|cmpxchg|xadd'
found() { grep -vE 'xchg +%[a-z0-9]+,%[a-z0-9]+$' | grep -E "$locked"; }

cat >"$WORK/owner.c" <<'C'
#include "core/sched/runq.h"
void push(p *pp, g *gp) { runqput(pp, gp); }
g *pop(p *pp) { bool inherit; return runqget(pp, &inherit); }
void locked(p *pp) { atomic_fetch_or(&pp->claim, ClaimStop); }
C
"${CLANG:-clang-19}" -std=gnu11 -O2 -Iinclude -I. -D_GNU_SOURCE -c -o "$WORK/owner.o" "$WORK/owner.c"
for f in push pop; do
	if objdump -d --no-show-raw-insn --disassemble=$f "$WORK/owner.o" | found; then
		echo "$f executes a locked instruction"
		exit 1
	fi
done
if ! objdump -d --no-show-raw-insn --disassemble=locked "$WORK/owner.o" | found >/dev/null; then
	echo "this test does not see locked instructions"
	exit 1
fi
for f in thrum_yield_none thrum_foreigncall thrum_quickcall mcall gogo; do
	code=$(objdump -d --no-show-raw-insn --disassemble=$f build/obj/thrum.o)
	[ "$(grep -c '^ ' <<<"$code")" -ge 10 ] || { echo "$f is not found"; exit 1; }
	if found <<<"$code"; then
		echo "$f executes a locked instruction"
		exit 1
	fi
done
