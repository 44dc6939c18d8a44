#!/bin/bash
# SPDX-License-Identifier: MIT
#
# handler - Shows that a signal handler may fork while the program is amid a malloc of
# libthrum-malloc.so (handler.c).
set -eu
cd "$(dirname "$0")/../.."
WORK=${WORK:-$(mktemp -d)}
gcc -O1 -Wall -Wextra tests/preload/handler.c -o "$WORK/handler"
[ "$(LD_PRELOAD=$PWD/build/lib/thrum/libthrum-malloc.so timeout 100 "$WORK/handler")" = ok ]
