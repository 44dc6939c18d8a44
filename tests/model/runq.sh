#!/bin/bash
# SPDX-License-Identifier: MIT
# runq - the run queue's protocol of owner and thieves, over all orders of stores.
. "$(dirname "$0")/check"
clean runq -DGS=5 -DDEPTH=4
clean runq -DSIZE=4 -DGS=6
clean runq -DNEXT -DSLICE -DGS=3
clean runq -DYIELD -DGS=4
clean runq -DNEXT -DYIELD -DGS=3 -DTHIEVES=1
for m in NOBARRIER CLAIMFIRST SLOTFIRST NONULL NOUNDO NULLEMPTY SLOWNOLOCK TAILEARLY; do
	broken runq $m
done
broken runq TAILFIRST -DSIZE=4 -DGS=6 -DTHIEVES=1
for m in NOBARRIER NEXTCLAIMFIRST NEXTNOLOCK NEXTNONULL; do
	broken runq $m -DNEXT -DGS=3
done
broken runq NOBARRIER -DYIELD -DGS=3
broken runq FLUSHNOLOCK -DYIELD -DGS=3
finish
