#!/bin/bash
# SPDX-License-Identifier: MIT
# runq - Shows that the run queue's ring is right for owner and thieves, over all orders of stores.
. "$(dirname "$0")/check"
clean runq -DGS=5 -DDEPTH=4
clean runq -DSIZE=4 -DGS=6
for m in NOBARRIER CLAIMFIRST SLOTFIRST NONULL NOUNDO NULLEMPTY SLOWNOLOCK TAILEARLY; do
	broken runq $m
done
broken runq TAILFIRST -DSIZE=4 -DGS=6 -DTHIEVES=1
finish
