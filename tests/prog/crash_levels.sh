#!/bin/sh
# SPDX-License-Identifier: MIT
# crash_levels.sh - Shows that each THRUM_TRACEBACK prints the right text, word for word, for a
# fatal error, a fault, a deadlock and SIGQUIT, and that the process ends rightly.
#
# Addresses, numbers of threads, waiting times and the runtime's own frames are replaced:
# those of the runtime, however many, by one line "RUNTIME".

set -eu
ulimit -c 0
# On a busy machine a goroutine may use up its time before it parks. Then it is runnable, and the
# failing goroutine yields to it.
export THRUM_QUANTUM=1s
cat >"$WORK/prog.c" <<'END'
#include <signal.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>
static thrum_wg wg;
static volatile int x;
static void stuck(void *arg)
{
	thrum_park();
	x++;
}
__attribute__((noinline)) static void fail(const char *how)
{
	thrum_wg none = {0};
	if (strcmp(how, "fatal") == 0)
		thrum_wg_add(&none, -1);
	if (strcmp(how, "fault") == 0)
		*(volatile int *)16 = 1;
	if (strcmp(how, "quit") == 0)
		kill(getpid(), SIGQUIT);
	x++;
}
static void work(void *arg)
{
	thrum_yield(), thrum_yield(), fail(arg);
	x++;
}
int main(int argc, char **argv)
{
	thrum_wg_add(&wg, 1);
	if (thrum_go(stuck, NULL) != 0 || thrum_go(work, argv[argc - 1]) != 0)
		return 1;
	thrum_wg_wait(&wg);
	return x;
}
END

# Functions: main 32, work 25, fail 16 (fatal), 18 (fault), 20 (quit), stuck 9; made at 31.
one='goroutine 1 [wait group 0xN]:
main(...)
	prog.c:33'
two='goroutine 2 [park]:
stuck(...)
	prog.c:9
created by main(...)
	prog.c:31'
three() { # LINE
	printf 'fail(...)\n\tprog.c:%s\nwork(...)\n\tprog.c:25\ncreated by main(...)\n\tprog.c:31' "$1"
}

normal() {
	awk '
	function put(s) { if (s != "RUNTIME" || last != s) print s; last = s }
	held ~ /^thrum_(park|wg_wait)\(/ { held = ""; next } # or the compiler has made it a jump
	held != "" && (/^\tassembly$/ || /^\tcore\// || /^\tarch\//) && held !~ /^thrum_/ { put("RUNTIME"); held = ""; next }
	held != "" { put(held); held = "" }
	/\(\.\.\.\)$/ && !/^created/ { held = $0; next }
	{ put($0) }
	END { if (held != "") put(held) }' |
		sed -E 's/0x[0-9a-f]+/0xN/g; s/, [0-9]+ (ms|s)\]/]/; s|^\t.*prog\.c|\tprog.c|; s|core/[a-z/]*\.c:[0-9]+|core/FILE.c:N|
			s/^m [0-9]+: thread [0-9]+, p 0, goroutine/m N: thread N, p 0, goroutine/; /^m [0-9]/d; /^(Segmentation fault|Aborted)/d'
}

status=0
# expect LEVEL HOW STATUS: the standard input is what is printed
expect() {
	cat >"$WORK/want"
	set +e
	THRUM_PROCS=1 THRUM_TRACEBACK=$1 "$WORK/prog" "$2" 2>"$WORK/raw"
	got=$?
	set -e
	normal <"$WORK/raw" >"$WORK/got"
	if [ "$got" != "$3" ] || ! diff -u "$WORK/want" "$WORK/got" >"$WORK/diff"; then
		echo "$level, THRUM_TRACEBACK=$1, $2: status $got, wanted $3"
		cat "$WORK/diff" "$WORK/raw"
		status=1
	fi
}

for level in O0 O2; do
	"$THRUMCC" -$level -g -w -Iinclude "$WORK/prog.c" -o "$WORK/prog"
	for how in fatal fault; do
		case $how in
		fatal)
			head='fatal error: negative thrum_wg counter' line=16 end=2
			frames="thrum_wg_add(...)
	core/FILE.c:N
$(three 16)"
			;;
		fault)
			head='fatal signal: SIGSEGV: invalid memory access, address 0xN, pc 0xN' end=139
			frames=$(three 18)
			;;
		esac
		last="goroutine 3 [running]:
$frames"
		expect none $how $end <<END
$head
END
		for name in single ''; do
			expect "$name" $how $end <<END
$head

$last
END
		done
		expect all $how $end <<END
$head

$last

$one

$two
END
		system="$head

$last

goroutine 1 [wait group 0xN]:
RUNTIME
main(...)
	prog.c:33
RUNTIME

goroutine 2 [park]:
RUNTIME
stuck(...)
	prog.c:9
created by main(...)
	prog.c:31

m N: thread N, p 0, goroutine 3"
		expect system $how $end <<END
$system
END
		[ $how = fault ] || end=134
		expect crash $how $end <<END
$system
END
	done

	# Deadlock and SIGQUIT print all goroutines unless none.
	dead='fatal error: all goroutines are asleep - deadlock!'
	expect none deadlock 2 <<END
$dead
END
	for name in single all; do
		expect $name deadlock 2 <<END
$dead

$one

$two
END
	done
	expect none quit 2 <<END
SIGQUIT: quit
END
	THRUM_PROCS=1 THRUM_TRACEBACK=crash "$WORK/prog" deadlock 2>/dev/null && echo "$level: crash: status 0" && status=1
	for name in single all; do
		set +e
		THRUM_PROCS=1 THRUM_TRACEBACK=$name "$WORK/prog" quit 2>"$WORK/raw"
		got=$?
		set -e
		normal <"$WORK/raw" >"$WORK/got"
		printf '%s\n\n' "SIGQUIT: quit" "goroutine 3 [foreign call]:" "$one" "$two" | sed '$d' >"$WORK/want"
		# The C library's frames on top of the call do not matter.
		awk '/^goroutine 3/ { print; print ""; skip = 1; next } skip && /^$/ { skip = 0; next } !skip' "$WORK/got" >"$WORK/rest"
		if [ $got != 2 ] || ! diff -u "$WORK/want" "$WORK/rest" || ! grep -q '^fail(...)' "$WORK/got"; then
			echo "$level, THRUM_TRACEBACK=$name, quit: status $got"
			cat "$WORK/raw"
			status=1
		fi
	done

	THRUM_TRACEBACK=loud "$WORK/prog" fatal 2>"$WORK/raw" || true
	if [ "$(head -1 "$WORK/raw")" != 'thrum: warning: THRUM_TRACEBACK="loud" is unknown and ignored: write none, single, all, system or crash' ]; then
		echo "no warning:"
		cat "$WORK/raw"
		status=1
	fi
done
exit $status
