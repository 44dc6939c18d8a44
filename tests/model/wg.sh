#!/bin/bash
# SPDX-License-Identifier: MIT
# wg - Shows that a waiter for a wait group, with a time limit, comes back, and may free it then.
. "$(dirname "$0")/check"
clean wg
broken wg ALWAYS
broken wg WAKEFIRST
finish
