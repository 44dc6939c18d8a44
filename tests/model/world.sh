#!/bin/bash
# SPDX-License-Identifier: MIT
# world - Shows that the world stops with no p in use, whatever foreign calls do, and starts again.
. "$(dirname "$0")/check"
clean world
clean world -DNP=1 -DFUEL=3 -DSYSMON=2
clean world -DNM=3 -DFUEL=1 -DROUNDS=1
for m in NOBARRIER GIVEBACK IDLESTOP BITSFIRST ONCE; do
	broken world $m
done
finish
