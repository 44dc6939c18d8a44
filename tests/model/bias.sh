#!/bin/bash
# SPDX-License-Identifier: MIT
# bias - the lock that its owner takes without a locked instruction.
. "$(dirname "$0")/check"
clean bias
clean bias -DOWNS=4 -DOTHERS=1
for m in NOBARRIER NOWAIT ONELOOK LATE; do
	broken bias $m
done
finish
