#!/bin/bash
# SPDX-License-Identifier: MIT
#
# space - Shows that the tables of libthrum-malloc.so follow the limit of address space (space.c).
set -eu
cd "$(dirname "$0")/../.."
WORK=${WORK:-$(mktemp -d)}
[ "$(ulimit -H -v)" = unlimited ] || { echo "address space is limited already"; exit 77; }
gcc -O1 -Wall -Wextra tests/preload/space.c -o "$WORK/space"
ulimit -S -v 102400
[ "$(LD_PRELOAD=$PWD/build/lib/thrum/libthrum-malloc.so "$WORK/space")" = ok ]
