#!/bin/bash
# SPDX-License-Identifier: MIT
# sema - Shows that a waiter for a semaphore is not missed, and that no unit is made or lost, also
# if a time limit ends just then.
. "$(dirname "$0")/check"
clean sema
clean sema -DHANDOFF
clean sema -DTIMED -DGIVEBACK
clean sema -DTIMED -DHANDOFF
broken sema NOLOOK
broken sema LATECOUNT
broken sema PLAINWAIT
broken sema GIVETWICE
broken sema LEAVE -DTIMED -DGIVEBACK
broken sema UNLOOKED -DTIMED
broken sema ARMFIRST -DTIMED
broken sema NOSTOPWAIT -DTIMED
finish
