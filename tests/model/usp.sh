#!/bin/bash
# SPDX-License-Identifier: MIT
# usp - Shows that a switch gives no unsafe frame to two goroutines and forgets none, with a signal
# handler at any step.
. "$(dirname "$0")/check"
depth=1000000
clean usp
clean usp -DLEVELS=2 # the handler is interrupted itself
for m in USPLATE GLATE SAVELATE KEEPRAISES FREEFIRST FORGET; do
	broken usp $m
done
finish
