#!/bin/bash
# SPDX-License-Identifier: MIT
# runqnext - Shows that the next slot and yieldq of the run queue are right, over all orders of
# stores.
. "$(dirname "$0")/check"
clean runq -DNEXT -DSLICE -DGS=3
clean runq -DYIELD -DGS=4
clean runq -DNEXT -DYIELD -DGS=3 -DTHIEVES=1
for m in NOBARRIER NEXTCLAIMFIRST NEXTNOLOCK NEXTNONULL; do
	broken runq $m -DNEXT -DGS=3
done
broken runq NOBARRIER -DYIELD -DGS=3
broken runq FLUSHNOLOCK -DYIELD -DGS=3
finish
