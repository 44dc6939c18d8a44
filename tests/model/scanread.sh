#!/bin/bash
# SPDX-License-Identifier: MIT
# scanread - a walker reads unsafe frames during a foreign call, and no signal handler changes them
# then.
. "$(dirname "$0")/check"
clean scanread
for m in NOBARRIER NOWAIT INNERWAITS ANNOUNCEDIN; do
	broken scanread $m
done
finish
