#!/bin/bash
# SPDX-License-Identifier: MIT
# chan - Shows that send, receive and close lose nothing, keep the order, and leave no goroutine
# waiting.
. "$(dirname "$0")/check"
for cap in 0 1 2; do
	clean chan -DCAP=$cap
done
broken chan LATE
broken chan WAKEFIRST
broken chan WAKEONE -DCAP=1
broken chan OVERTAKE -DCAP=1
finish
