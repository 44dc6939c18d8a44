#!/bin/bash
# SPDX-License-Identifier: MIT
# ready - goready and whoever wants a waiting goroutine's stack do not meet.
. "$(dirname "$0")/check"
clean ready
for m in STATUSFIRST NOBARRIER NOWAIT NOCHECK NOLOCK; do
	broken ready $m
done
finish
