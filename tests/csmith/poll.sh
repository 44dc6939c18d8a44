#!/bin/sh
# SPDX-License-Identifier: MIT
#
# poll.sh - random programs with polls in their loops (tests/csmith/run). With stackmove=1 each poll
# takes the slow way. As many as POLLSMITH says.
command -v csmith >/dev/null || { echo "csmith is not installed"; exit 77; }
cd "$WORK"
CC_UNDER_TEST="$THRUMCC -fthrum-poll" LEVELS="-O0 -O2" exec "$ROOT/tests/csmith/run" "${POLLSMITH:-5}" 2001
