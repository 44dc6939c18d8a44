#!/bin/sh
# SPDX-License-Identifier: MIT
#
# gdb.sh - tools/thrum-gdb.py on a live process and on a core file of it.
command -v gdb >/dev/null || { echo "gdb is not installed"; exit 77; }
here=$(dirname "$0")/extra
set -e
clang-19 -O1 -g -fno-omit-frame-pointer -Iinclude -c "$here/unwind_foreign.c" -o "$WORK/foreign.o"
"$THRUMCC" -O1 -g -Iinclude "$here/gdb.c" "$WORK/foreign.o" -o "$WORK/prog"

cat > "$WORK/look" <<'END'
source tools/thrum-gdb.py
info goroutines
goroutine all bt
print $goroutine(2)->goid
print $g->goid
END
cat > "$WORK/live" <<END
set debuginfod enabled off
break crash
run crash
generate-core-file $WORK/core
source $WORK/look
goroutine 2 up 5
goroutine 2 info frame
kill
END
gdb -q -nx -batch -x "$WORK/live" "$WORK/prog" > "$WORK/live.out" 2>&1 </dev/null || true
gdb -q -nx -batch -ex 'set debuginfod enabled off' -x "$WORK/look" "$WORK/prog" "$WORK/core" > "$WORK/core.out" 2>&1 </dev/null || true

status=0
want() { # file, extended regular expression
	grep -Eq -- "$2" "$WORK/$1" || { echo "$1: no line like: $2"; status=1; }
}
frames() { # file, goroutine, the names of its frames
	got=$(awk -v id="$2" '$1 == "goroutine" { on = $2 == id } on && /^#/ { sub(/^#[0-9]+ +(0x[0-9a-f]+ in )?/, ""); print $1 }' "$WORK/$1" | tr '\n' ' ')
	case "$got" in
	*"$3"*) ;;
	*) echo "$1: goroutine $2: frames '$got', wanted '$3'"; status=1 ;;
	esac
}
for f in live.out core.out; do
	want $f '^\* 1 +running +- +- +main +crash at .*gdb.c:[0-9]+'
	want $f '^ +2 +waiting +park +(-|[0-9.]+ s) +parked +sleeper at .*gdb.c:[0-9]+'
	want $f '^ +3 +waiting +park, frozen +(-|[0-9.]+ s) +frozen +sleeper at .*gdb.c:[0-9]+'
	want $f '^ +4 +waiting +group +(-|[0-9.]+ s) +waiting +waiting at .*gdb.c:[0-9]+'
	want $f '^ +5 +waiting +park +(-|[0-9.]+ s) +segmented +sleeper at .*gdb.c:[0-9]+'
	want $f '^ +6 +waiting +park +(-|[0-9.]+ s) +calledback +sleeper at .*gdb.c:[0-9]+'
	want $f '^ +7 +runnable +- +- +runnable +runnable at .*gdb.c:[0-9]+'
	want $f '^ +8 +runnable +- +- +fresh +fresh at .*gdb.c:[0-9]+'
	frames $f 1 'crash main '
	frames $f 2 'mcall sleeper sleeper sleeper sleeper parked '
	frames $f 3 'mcall sleeper sleeper sleeper frozen '
	frames $f 4 'mcall waiting '
	frames $f 5 'mcall sleeper sleeper takehuge insegment pins pins segmented '
	frames $f 6 'mcall sleeper sleeper hook callback calledback '
	frames $f 7 'runnable '
	frames $f 8 'fresh '
	want $f '^created by main at .*gdb.c:[0-9]+'
	want $f '^\$1 = 2$'
	want $f '^\$2 = 1$'
done
want live.out '^ +2 +waiting +park +[0-9]+\.[0-9] s '
want live.out '^#[0-9]+ .*parked \('
[ $status = 0 ] || { cat "$WORK/live.out"; sed -n '/Id /,$p' "$WORK/core.out"; }
exit $status
