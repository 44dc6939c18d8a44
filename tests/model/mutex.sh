#!/bin/bash
# SPDX-License-Identifier: MIT
# mutex - one at a time, nobody sleeps for ever, who has waited too long is the next.
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
