#!/bin/bash
# SPDX-License-Identifier: MIT
# bias - Shows that a lock that is biased to a p lets one in at a time, also if a signal handler
# tries to take it.
. "$(dirname "$0")/check"
clean bias
for m in OWNERFIRST NOBARRIER NOWAIT OWNERLATE; do
	broken bias $m
done
clean bias -DSIGNALS=2 -DNBUF=2
for m in TRYNOBARRIER TRYOWN TRYKEYFIRST TRYWAITS; do
	broken bias $m -DSIGNALS=1 -DNBUF=2
done
finish
