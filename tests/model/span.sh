#!/bin/bash
# SPDX-License-Identifier: MIT
# span - Shows that no object of the heap is lost or handed out twice while its span changes its
# home, and that a double free is reported.
. "$(dirname "$0")/check"
clean span -DKEPT=1
clean span -DFUEL=2 -DFORK
clean span -DNB=2 -DFUEL=2
clean span -DTSO -DBARE -DFUEL=2
clean span -DTWICE -DTSO -DFUEL=2
calm="-DTWICE -DCALM -DLIVES=2"
clean span $calm
for m in SPILLNOLOCK ADOPTNOLOCK ADOPTLATE OWNERFIRST OWNERLATE USEDONLY NOMAGS FLUSHLOCKED \
	STALE; do
	broken span $m -DFUEL=2
done
broken span NORECHECK -DBARE -DFUEL=2 # spillhome looks at the owner once more, giveone does not
broken span BINAFTER -DNB=2 -DFUEL=2  # the record is a span of another bin already
broken span FORKORDER -DFORK -DFUEL=2
broken span NOSPILLBIT -DTWICE -DFUEL=2
broken span NOPOPBYTE $calm
broken span NOFILLBYTE $calm
finish
