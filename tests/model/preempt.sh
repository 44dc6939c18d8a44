#!/bin/bash
# SPDX-License-Identifier: MIT
# preempt - Shows that no request is lost and no poison stays if a guard is poisoned while its
# goroutine switches.
. "$(dirname "$0")/check"
clean preempt -DASKS=1 -DCHECKS=3 -DMOVES=1 -DCHECKS1=0
clean preempt -DASKS=1 -DCHECKS=2 -DMOVES=1 -DINHERIT
clean preempt -DASKS=2 -DCHECKS=1 -DMOVES=1 -DCHECKS1=0
for m in ASKLAST NOGUARD NOWORD NOTICK; do
	broken preempt $m -DASKS=1 -DCHECKS=2 -DMOVES=1
done
broken preempt NORESTORE -DASKS=1 -DCHECKS=4 -DMOVES=1 -DCHECKS1=0
finish
