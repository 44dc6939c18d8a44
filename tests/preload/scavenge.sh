#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scavenge - Shows that libthrum-malloc.so gives memory back to the kernel without a thread of its
# own, some seconds after a peak (scavenge.c).
set -eu
cd "$(dirname "$0")/../.."
WORK=${WORK:-$(mktemp -d)}
gcc -O2 -Wall -Wextra tests/preload/scavenge.c -o "$WORK/scavenge"
took=$(LD_PRELOAD=$PWD/build/lib/thrum/libthrum-malloc.so timeout 100 "$WORK/scavenge")
echo "total: $took"
