#!/bin/bash
# SPDX-License-Identifier: MIT
# mutex - Shows that one goroutine is inside at a time, none sleeps for ever, and one that has
# waited too long is next.
. "$(dirname "$0")/check"
clean mutex
clean mutex -DTASKS=2 -DROUNDS=4
clean mutex -DTASKS=4
broken mutex KEEPWOKEN
broken mutex STAYWOKEN
broken mutex NOCOMMITLOOK
broken mutex LOSEPARKED
broken mutex FREEFIRST
broken mutex HANDFREE -DROUNDS=2
broken mutex FORGETNEXT -DROUNDS=2
finish
