#!/bin/bash
# SPDX-License-Identifier: MIT
# park - Shows that no wake-up is lost between an m that makes work without a fence and one that
# goes to sleep.
. "$(dirname "$0")/check"
clean park
clean park -DSUBMITTERS=1 -DTWICE
clean park -DSUBMITTERS=1 -DGLOBAL -DWORKERS=1
clean park -DCALLER -DWORKERS=1
clean park -DNOBARRIER -DFENCED -DWORKERS=1 # without membarrier, owners need a fence
for m in NOBARRIER NORECHECK DECAFTER LOOKFIRST; do
	broken park $m
done
broken park NORESET -DSUBMITTERS=1 -DTWICE
broken park DECLATE -DCALLER -DWORKERS=1
broken park NOLASTLOOK -DCALLER -DWORKERS=1
finish
