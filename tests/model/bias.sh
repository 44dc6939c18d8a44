#!/bin/bash
# SPDX-License-Identifier: MIT
# bias - a lock that is biased to a p lets one in at a time.
. "$(dirname "$0")/check"
clean bias
for m in OWNERFIRST NOBARRIER NOWAIT OWNERLATE; do
	broken bias $m
done
finish
