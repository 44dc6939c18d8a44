#!/bin/bash
# SPDX-License-Identifier: MIT
# token - Shows that thrum_park and thrum_ready lose no wake-up and ready no goroutine that runs.
. "$(dirname "$0")/check"
clean token
clean token -DFREEZE
broken token PLAINTAKE
broken token PLAINREADY
broken token STATUSLATE
broken token PLAINSTATUS -DFREEZE
broken token TRACKEARLY -DFREEZE
finish
