#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb.sh - Shows that tools/thrum-gdb.py works on a live process with several threads, and on a core
# file of it. The program stops again and again, until its goroutines are in all the wanted states.
# They give way without signals, because on a loaded machine signals would stop all of them. The
# core file is the kernel's, by a signal that the runtime does not handle, if the kernel writes
# cores to files. Else it is gdb's own.
command -v gdb >/dev/null || { echo "gdb is not installed"; exit 77; }
here=$(dirname "$0")/extra
set -e
clang-19 -O1 -g -fno-omit-frame-pointer -Iinclude -c "$here/unwind_foreign.c" -o "$WORK/foreign.o"
"$THRUMCC" -O1 -g -fthrum-poll -Iinclude "$here/gdb.c" "$WORK/foreign.o" -o "$WORK/prog"

cat > "$WORK/rows" <<'END'
^\* \d+ +running +- +- +\d+/\d+ +- +main +stophere at .*gdb.c:\d+
^ +\d+ +waiting +park +(-|[0-9.]+ s) +- +1 +parked +sleeper at .*gdb.c:\d+
^ +\d+ +waiting +park, frozen +(-|[0-9.]+ s) +- +1 +frozen +sleeper at .*gdb.c:\d+
^ +\d+ +waiting +group +(-|[0-9.]+ s) +- +1 +waiting +waiting at .*gdb.c:\d+
^ +\d+ +waiting +park +(-|[0-9.]+ s) +- +1 +segmented +sleeper at .*gdb.c:\d+
^ +\d+ +waiting +park, locked +(-|[0-9.]+ s) +\d+/\d+ +1 +calledback +sleeper at .*gdb.c:\d+
^ +\d+ +waiting +park, locked +(-|[0-9.]+ s) +\d+/\d+ +1 +locked +sleeper at .*gdb.c:\d+
^ +\d+ +foreign call +no p +- +\d+/\d+ +1 +blocked +
^ +\d+ +running +- +- +\d+/\d+ +1 +computes +computes? at .*gdb.c:\d+
^ +\d+ +runnable +gave way +- +- +1 +computes +computes? at .*gdb.c:\d+
^ +\d+ +runnable +gave way +- +- +1 +spins +spins? at .*gdb.c:\d+
^ +\d+ +runnable +came back +- +- +1 +comesback +comesback at .*gdb.c:\d+
^ +\d+ +runnable +- +- +- +1 +fresh +fresh at .*gdb.c:\d+
END
cat > "$WORK/wait.py" <<'END'
import gdb, os, re, time
rows = open(os.environ["WORK"] + "/rows").read().splitlines()
end = time.time() + 60
while time.time() < end:
    text = gdb.execute("info goroutines", to_string=True)
    if all(re.search(row, text, re.M) for row in rows):
        break
    gdb.execute("continue", to_string=True)
def goid(entry, state):
    return re.search(r"(\d+) +%s .* %s " % (state, entry), gdb.execute("info goroutines", to_string=True)).group(1)
END
tool=$PWD/tools/thrum-gdb.py
cat > "$WORK/look" <<END
source $tool
info goroutines
goroutine all bt
print \$goroutine(1)->goid
print \$g->goid
END
case $(cat /proc/sys/kernel/core_pattern) in
*[/\|]*) gcore="generate-core-file core" abort=kill ;;
*) gcore="" abort="signal SIGXCPU" ;;
esac
ulimit -c unlimited || true
cat > "$WORK/live" <<END
set pagination off
set debuginfod enabled off
cd $WORK
source $tool
break stophere
run
source $WORK/wait.py
$gcore
source $WORK/look
python gdb.execute("goroutine %s up 5" % goid("parked", "waiting"))
python gdb.execute("goroutine %s info frame" % goid("parked", "waiting"))
python gdb.execute("goroutine %s bt" % goid("computes", "running"))
python gdb.execute("goroutine %s up 1" % goid("computes", "runnable"))
info threads
delete
set scheduler-locking on
$abort
END
WORK=$WORK THRUM_PROCS=2 THRUM_DEBUG=asyncpreempt=0 gdb -q -nx -batch -x "$WORK/live" "$WORK/prog" > "$WORK/live.out" 2>&1 </dev/null || true
gdb -q -nx -batch -ex 'set debuginfod enabled off' -x "$WORK/look" "$WORK/prog" "$(ls "$WORK"/core* | grep -v out | head -1)" > "$WORK/core.out" 2>&1 </dev/null || true

wrong() {
	echo "$1" >> "$WORK/wrong"
}
want() { # file, regular expression
	grep -Pq -- "$2" "$WORK/$1" || wrong "$1: no line like: $2"
}
frames() { # file, what its headline has, its last frame, regular expression for the names of its frames
	awk -v head="$2" '/^goroutine / { line = ""; on = index($0, "[" head) } on && /^#/ { sub(/^#[0-9]+ +(0x[0-9a-f]+ in )?/, ""); line = line $1 " "; next }
		!/^#/ && line != "" { print line; line = "" }' "$WORK/$1" > "$WORK/chains"
	grep -w "$3" "$WORK/chains" | grep -Eq "^$4 \$" || wrong "$1: frames of [$2] $3: '$(grep -w "$3" "$WORK/chains")', wanted '$4'"
}
for f in live.out core.out; do
	while IFS= read -r row; do
		want $f "$row"
	done < "$WORK/rows"
	frames $f 'running, m ' main 'stophere main'
	frames $f 'waiting, park]' parked 'mcall sleeper sleeper sleeper sleeper parked'
	frames $f 'waiting, park, frozen]' frozen 'mcall sleeper sleeper sleeper frozen'
	frames $f 'waiting, group]' waiting 'mcall (semwait )?(wait )?(waituntil )?(thrum_wg_wait )?waiting'
	frames $f 'waiting, park]' segmented 'mcall sleeper sleeper takehuge insegment pins thrum_variadic segmented'
	frames $f 'waiting, park, locked, m ' calledback 'mcall sleeper sleeper hook callback calledback'
	frames $f 'waiting, park, locked, m ' locked 'mcall sleeper locked'
	frames $f 'foreign call, no p, m ' blocked '.*read .*blocked gostart'
	frames $f 'running, m ' computes '(.* )?(compute )*computes gostart'
	frames $f 'runnable, gave way]' computes '(compute )+computes'
	frames $f 'runnable, gave way]' spins 'spin spins'
	frames $f 'runnable, came back]' comesback 'foreignresume comesback'
	frames $f 'runnable]' fresh 'fresh'
	want $f '^created by main in goroutine 1 at .*gdb.c:\d+'
	want $f '^\$1 = 1$'
	want $f '^\$2 = 1$'
done
want live.out '^ +\d+ +waiting +park +[0-9]+\.[0-9] s '
want live.out '^#[0-9]+ .*parked \('
want live.out '^#1 .*comput'
rm -f "$WORK"/core "$WORK"/core.[0-9]*
[ -e "$WORK/wrong" ] || exit 0
cat "$WORK/live.out"
sed -n '/Id /,$p' "$WORK/core.out"
cat "$WORK/wrong"
exit 1
