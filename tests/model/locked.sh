#!/bin/bash
# SPDX-License-Identifier: MIT
# locked - a deadlock is reported when there is one, and not while a locked goroutine is on its way.
. "$(dirname "$0")/check"
clean locked
broken locked LATE
broken locked UNSIGNED
finish
