#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nolock - Shows that the owner of a run queue executes no locked instruction: neither in
# thrum_yield, nor in a foreign call, nor in a push or a pop compiled from runq.h. Nor does a use of
# a channel that is biased to its p, nor an allocation that finds an object in its cache. These ways
# are short: the rest is in other functions.
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
for f in thrum_yield_none thrum_foreigncall thrum_quickcall mcall gogo parkin parkchan thrum_chan_send thrum_chan_recv \
	thrum_malloc thrum_free thrum_newobject thrum_foreign_malloc thrum_foreign_free; do
	code=$(objdump -d --no-show-raw-insn --disassemble=$f build/obj/thrum.o)
	[ "$(grep -c '^ ' <<<"$code")" -ge 10 ] || { echo "$f is not found"; exit 1; }
	if found <<<"$code"; then
		echo "$f executes a locked instruction"
		exit 1
	fi
done
for f in thrum_chan_send thrum_chan_recv; do
	code=$(objdump -dr --no-show-raw-insn --disassemble=$f build/obj/thrum.o | grep '^ ')
	n=$(grep -cv R_X86 <<<"$code")
	echo "$f: $n instructions"
	[ "$n" -le 80 ] || { echo "too many"; exit 1; }
	calls=$(grep -A1 call <<<"$code" | grep -oE 'R_X86_64_PLT32.*' | grep -vE 'parkforever|__morestack' || true)
	[ -z "$calls" ] || { echo "$f calls $calls"; exit 1; }
done
