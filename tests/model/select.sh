#!/bin/bash
# SPDX-License-Identifier: MIT
# select - Shows that selects over the same channels have one winner each, lose nothing, and use
# nothing after it was given back.
. "$(dirname "$0")/check"
clean select
for m in NOWIN DISORDER LATE FREEFIRST LEAVE; do
	broken select $m
done
finish
