#!/bin/bash
# SPDX-License-Identifier: MIT
# sema - who waits for a semaphore is not missed, and no unit is made or lost, also when a time limit is over just then.
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
