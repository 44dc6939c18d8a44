#!/bin/bash
# SPDX-License-Identifier: MIT
# sema - who waits for a semaphore is not missed, and no unit is made or lost.
. "$(dirname "$0")/check"
clean sema
clean sema -DHANDOFF
broken sema NOLOOK
broken sema LATECOUNT
broken sema PLAINWAIT
broken sema GIVETWICE
finish
