#!/bin/bash
# SPDX-License-Identifier: MIT
# preemptsig - Shows that the signal finds the goroutine that was asked, in its own code, and
# interrupts no blocking call.
. "$(dirname "$0")/check"
clean preemptsig
for m in NOBARRIER NOWAIT LOOKFIRST CLAIMLATE NOPENDING NOCLEAR NOTAKEBACK NOVALID NOPLACE; do
	broken preemptsig $m
done
finish
