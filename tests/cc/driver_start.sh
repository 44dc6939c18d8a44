#!/bin/sh
# SPDX-License-Identifier: MIT
# driver_start - Shows that with -nostartfiles a program's own _start may call main, or another
# function, or libc's start. Its main may be a goroutine's, and its recursions may be deep.

set -u
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
case $THRUMCC in /*) ;; *) THRUMCC=$PWD/$THRUMCC ;; esac
cd "$WORK" || exit 1
failed=0

cat >deep.h <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static long sum(long n, const long *above) { long here = *above + n; return n == 0 ? here : sum(n - 1, &here); }
static int work(void) { long zero = 0; printf("%ld\n", sum(5000, &zero)); fflush(stdout); return 3; }
#define START __attribute__((force_align_arg_pointer, noreturn)) void _start(void)
END
cat >other.c <<'END'
#include "deep.h"
START { _exit(work()); }
END
cat >main.c <<'END'
#include "deep.h"
int main(void) { return work(); }
START { exit(main()); }
END
cat >libc.c <<'END'
#include "deep.h"
int main(int argc, char **argv) { return argc == 2 && argv[1][0] == 'x' ? work() : 1; }
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rdx, %r9\n\tpop %rsi\n\tmov %rsp, %rdx\n\tand $-16, %rsp\n\tpush %rax\n\tpush %rsp\n"
	"\txor %r8d, %r8d\n\txor %ecx, %ecx\n\tlea main(%rip), %rdi\n\tcall *__libc_start_main@GOTPCREL(%rip)\n\thlt\n");
END
for file in other main libc; do
	for how in -O0 -O2 "-O1 -no-pie" "-O1 -fno-thrum-main"; do
		# shellcheck disable=SC2086
		"$THRUMCC" -nostartfiles $how $file.c -o p || { failed=1; continue; }
		for debug in "" stackmove=1; do
			out=$(THRUM_DEBUG=$debug ./p x)
			status=$?
			[ "$status $out" = "3 12502500" ] || {
				echo "$file.c $how $debug: status $status, '$out'"
				failed=1
			}
		done
	done
done
exit $failed
