#!/bin/bash
# SPDX-License-Identifier: MIT
# handoff - Shows that a p that is taken away during a foreign call has one user.
. "$(dirname "$0")/check"
clean handoff
for m in NOBARRIER PFIRST CLAIMEARLY NOCLAIM NOP NOLOCK GINCALL; do
	broken handoff $m
done
finish
