#!/bin/bash
# SPDX-License-Identifier: MIT
# wheellock - Shows that the lock of a p's timers, which its owner takes without a locked
# instruction, lets one in at a time.
. "$(dirname "$0")/check"
clean wheellock
clean wheellock -DOWNS=4 -DOTHERS=1
for m in NOBARRIER NOWAIT ONELOOK LATE; do
	broken wheellock $m
done
finish
