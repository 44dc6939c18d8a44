#!/bin/bash
# SPDX-License-Identifier: MIT
# ready - Shows that goready and an m that wants the stack of a waiting goroutine exclude each
# other.
. "$(dirname "$0")/check"
clean ready
for m in STATUSFIRST NOBARRIER NOWAIT NOCHECK NOLOCK; do
	broken ready $m
done
finish
