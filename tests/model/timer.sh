#!/bin/bash
# SPDX-License-Identifier: MIT
# timer - Shows that each armed timer has an m or a monitor that wakes up for it.
. "$(dirname "$0")/check"
clean timer
clean timer -DBUSY
clean timer -DALONE
clean timer -DALONE -DNOA
clean timer -DALONE -DSTALE
clean timer -DSTALE
for m in NOFENCE MONNOLOOK MONNOFENCE; do
	broken timer $m
done
for m in KEEPNOFENCE KEEPNOLOOK; do
	broken timer $m -DALONE -DSTALE
done
broken timer NOCOVER -DBUSY
broken timer LAZY -DBUSY -DALONE -DNOA
broken timer NOTAKE -DALONE -DNOA
finish
