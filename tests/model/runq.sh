#!/bin/bash
# SPDX-License-Identifier: MIT
# runq - the run queue's protocol of owner and thieves, over all orders of stores.
. "$(dirname "$0")/check"
clean runq
clean runq -DSIZE=4 -DGS=5 -DTHIEVES=1
clean runq -DNEXT -DSLICE -DGS=3
clean runq -DYIELD -DGS=3
for m in NOBARRIER CLAIMFIRST SLOTFIRST NONULL NOUNDO NULLEMPTY SLOWNOLOCK TAILFIRST TAILEARLY; do
	broken runq $m
done
for m in NOBARRIER NEXTCLAIMFIRST NEXTNOUNDO NEXTNOLOCK NEXTNONULL; do
	broken runq $m -DNEXT -DGS=3
done
broken runq NOBARRIER -DYIELD -DGS=3
broken runq FLUSHNOLOCK -DYIELD -DGS=3
finish
