#!/bin/bash
# SPDX-License-Identifier: MIT
#
# threads - Shows that libthrum-malloc.so works wherever a program may call malloc (threads.c).
# Among these places are constructors, destructors of thread-specific data, handlers and children of
# fork, and loaded objects. With -fthrum-malloc the same holds.
set -eu
cd "$(dirname "$0")/../.."
WORK=${WORK:-$(mktemp -d)}
THRUMCC=${THRUMCC:-build/bin/thrumcc}
gcc -O2 -Wall -Wextra -shared -fPIC tests/preload/lib.c -o "$WORK/lib.so"
gcc -O2 -Wall -Wextra -DLOADED -shared -fPIC tests/preload/lib.c -o "$WORK/loaded.so"
gcc -O2 -g -Wall -Wextra -Iinclude tests/preload/threads.c "$WORK/lib.so" -Wl,-rpath,"$WORK" -o "$WORK/threads"
"$THRUMCC" -O2 -g -Iinclude -fthrum-malloc tests/preload/threads.c "$WORK/lib.so" -Wl,-rpath,"$WORK" -o "$WORK/linked"
cat >"$WORK/want" <<END
trade
ends
loads
forks
generations
streams
processes
END
LD_PRELOAD=$PWD/build/lib/thrum/libthrum-malloc.so timeout 110 "$WORK/threads" "$WORK/loaded.so" >"$WORK/got"
diff -u "$WORK/want" "$WORK/got"
timeout 110 "$WORK/linked" "$WORK/loaded.so" >"$WORK/got"
diff -u "$WORK/want" "$WORK/got"
