#!/bin/sh
# SPDX-License-Identifier: MIT
# driver_standards - Shows that programs in every standard of C include thrum's headers without a
# warning, strict or with extensions, and run. C++ may include them, and its objects link.

set -u
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
case $THRUMCC in /*) ;; *) THRUMCC=$PWD/$THRUMCC ;; esac
include=$PWD/include
cd "$WORK" || exit 1
failed=0

cat >p.c <<'END'
#include <thrum.h>
#include <thrum/abi.h>
#include <thrum/switch.h>
#ifdef __cplusplus
extern "C" int body(void);
#else
int body(void);
#endif
static thrum_wg group;
static thrum_mutex mutex;
static int n;
static void work(void *arg)
{
	thrum_mutex_lock(&mutex);
	n += *(int *)arg;
	thrum_mutex_unlock(&mutex);
	thrum_wg_done(&group);
}
int body(void)
{
	int i, two = 2;
	thrum_wg_add(&group, 50);
	for (i = 0; i < 50; i++)
		if (thrum_go(work, &two) != 0) return 1;
	thrum_wg_wait(&group);
	return n == 100 ? 0 : 2;
}
END
echo 'int body(void); int main(void) { return body(); }' >m.c
cp p.c p.cc
warnings="-pedantic -Wall -Wextra -Werror"
for std in c89 gnu89 c99 gnu99 c11 gnu11 c17 gnu17 c23 gnu23; do
	# shellcheck disable=SC2086
	"$THRUMCC" -std=$std $warnings p.c m.c -o p && ./p || { echo "-std=$std"; failed=1; }
done
for compiler in clang++-19 g++; do
	command -v $compiler >/dev/null || { echo "$compiler is not installed"; continue; }
	for std in c++98 c++11 c++17 c++20; do
		# shellcheck disable=SC2086
		$compiler -std=$std $warnings -isystem "$include" -c p.cc -o p.o && "$THRUMCC" m.c p.o -lstdc++ -o p && ./p || {
			echo "$compiler -std=$std"
			failed=1
		}
	done
done
exit $failed
