#!/bin/bash
# SPDX-License-Identifier: MIT
# scan - a walk visits each stack once and nobody uses it then, whatever goroutines and foreign
# calls do.
. "$(dirname "$0")/check"
clean scan
for m in NORESUME NOEXIT NOMBIT NOEACH NOHOLD NOSAFEPOINT; do
	broken scan $m
done
finish
