#!/bin/bash
# SPDX-License-Identifier: MIT
# world - the world stops with no p in use, whatever foreign calls do, and starts again.
. "$(dirname "$0")/check"
clean world
clean world -DNP=1 -DNM=2 -DFUEL=4 -DSYSMON=2
for m in NOBARRIER GIVEBACK IDLESTOP BITSFIRST ONCE; do
	broken world $m
done
finish
