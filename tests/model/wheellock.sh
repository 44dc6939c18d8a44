#!/bin/bash
# SPDX-License-Identifier: MIT
# wheellock - the lock that its owner takes without a locked instruction.
. "$(dirname "$0")/check"
clean wheellock
clean wheellock -DOWNS=4 -DOTHERS=1
for m in NOBARRIER NOWAIT ONELOOK LATE; do
	broken wheellock $m
done
finish
