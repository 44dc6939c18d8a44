#!/bin/bash
# SPDX-License-Identifier: MIT
# each - Shows that a function is called once for each p, with no other user of the p, whatever
# foreign calls and idle ms do.
. "$(dirname "$0")/check"
clean each
clean each -DSYSMON=2 -DROUNDS=1
for m in NOBARRIER NOCLAIM TWICE IDLELATE; do
	broken each $m
done
finish
