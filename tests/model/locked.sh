#!/bin/bash
# SPDX-License-Identifier: MIT
# locked - Shows that a deadlock is reported if there is one, and not while a locked goroutine is on
# its way.
. "$(dirname "$0")/check"
clean locked
broken locked LATE
broken locked UNSIGNED
finish
