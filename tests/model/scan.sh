#!/bin/bash
# SPDX-License-Identifier: MIT
# scan - Shows that a walk visits each stack once with no other user of the stack, whatever
# goroutines and foreign calls do.
. "$(dirname "$0")/check"
clean scan
for m in NORESUME NOEXIT NOMBIT NOEACH NOHOLD NOSAFEPOINT; do
	broken scan $m
done
finish
