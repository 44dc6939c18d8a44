#!/bin/bash
# SPDX-License-Identifier: MIT
# handover - Shows that a goroutine given to a spinning p is neither lost nor doubled.
. "$(dirname "$0")/check"
clean handover
for m in NOWAIT PLAINSWAP PLAINTAKEBACK; do
	broken handover $m
done
finish
