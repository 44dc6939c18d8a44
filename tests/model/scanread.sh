#!/bin/bash
# SPDX-License-Identifier: MIT
# scanread - Shows that no signal handler changes unsafe frames while a walker reads them during a
# foreign call.
. "$(dirname "$0")/check"
clean scanread
for m in NOBARRIER NOWAIT INNERWAITS ANNOUNCEDIN; do
	broken scanread $m
done
finish
