#!/bin/bash
# SPDX-License-Identifier: MIT
# select - selects over the same channels: one winner each, nothing lost, nothing used after it was
# given back.
. "$(dirname "$0")/check"
clean select
for m in NOWIN DISORDER LATE FREEFIRST LEAVE; do
	broken select $m
done
finish
