#!/bin/bash
# SPDX-License-Identifier: MIT
# uframe - Shows that the slow ways of unsafe frames are right if a signal handler takes some at any
# step of them.
. "$(dirname "$0")/check"
clean uframe
clean uframe -DSLOTS=2
clean uframe -DLEVELS=2 -DTAKES=2 -DHTAKES=1 # the handler is interrupted itself
clean uframe -DOTHER -DTAKES=2 -DHTAKES=1    # another thread uses the list for all
spares="-DSLOTS=3 -DSIGNALS=2 -DNB=10"       # two handlers leave spares
clean uframe $spares
for m in LISTFIRST NOCASUSP NOCASNEXT NOTAKENEXT NOTAKEBIGS NOTAKEBACK NOBUSY WAITLOCK FREEFIRST BACKTOZERO; do
	broken uframe $m
done
broken uframe NOTAKESPARES $spares
broken uframe NOTAKESPARESBACK $spares
broken uframe LATEPLAIN -DOTHER -DTAKES=2 -DHTAKES=1
finish
