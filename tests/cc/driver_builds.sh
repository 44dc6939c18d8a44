#!/bin/sh
# SPDX-License-Identifier: MIT
# driver_builds - Shows that build systems take thrumcc for the clang 19 it is. They build programs
# and shared libraries in each standard of C from C99 to C23: cmake, meson, the questions of
# autoconf's configure scripts and of waf's Python.

set -u
: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=build/bin/thrumcc}"
case $THRUMCC in /*) ;; *) THRUMCC=$PWD/$THRUMCC ;; esac
cd "$WORK" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL CFLAGS LDFLAGS CPPFLAGS
failed=0

wrong() {
	echo "$*"
	failed=1
}

# A program and a shared library that calls it back; on a small stack it ends in a fault.
cat >lib.c <<'END'
#if __STDC_VERSION__ < WANTED
#error "not the standard that was asked for"
#endif
long twice(long (*fn)(long), long n) { return n == 0 ? fn(1) : twice(fn, n - 1) + 1; }
END
cat >app.c <<'END'
#if __STDC_VERSION__ < WANTED
#error "not the standard that was asked for"
#endif
#ifndef __THRUM__
#error "not compiled by thrumcc"
#endif
#include <stdio.h>
long twice(long (*fn)(long), long n);
static long deep(long n) { long here = n; long *p = &here; return n > 3000 ? *p : deep(n + 1) + *p; }
int main(void) { return printf("%ld\n", twice(deep, 1000)) < 0; }
END
wanted=4505501

ran() { # WHAT PROGRAM
	out=$("$2" 2>&1)
	[ "$out" = $wanted ] || wrong "$1: the program prints '$out'"
}

# ---- cmake ----

if command -v cmake >/dev/null; then
	mkdir -p cmake && cp lib.c app.c cmake && cat >cmake/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.18)
project(tiny C)
include(CheckCSourceCompiles)
include(CheckCCompilerFlag)
include(CheckFunctionExists)
if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang" OR NOT CMAKE_C_COMPILER_VERSION MATCHES "^19\\.")
	message(FATAL_ERROR "compiler is ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}")
endif()
check_c_source_compiles("int main(void) { return __builtin_popcount(3) - 2; }" HAS_POPCOUNT)
check_c_source_compiles("int main(void) { return no_such_name; }" HAS_NONSENSE)
check_c_compiler_flag(-Wall HAS_WALL)
check_c_compiler_flag(-fno-such-option HAS_NO_SUCH_OPTION)
check_function_exists(qsort HAS_QSORT)
check_function_exists(no_such_function HAS_NO_SUCH_FUNCTION)
if(NOT HAS_POPCOUNT OR HAS_NONSENSE OR NOT HAS_WALL OR HAS_NO_SUCH_OPTION OR NOT HAS_QSORT OR HAS_NO_SUCH_FUNCTION)
	message(FATAL_ERROR "a check is wrong")
endif()
set(CMAKE_C_STANDARD_REQUIRED ON)
set(wanted_99 199901L)
set(wanted_11 201112L)
set(wanted_17 201710L)
set(wanted_23 202000L)
set(standards 99 11 17)
if(NOT CMAKE_VERSION VERSION_LESS 3.21)
	list(APPEND standards 23)
endif()
foreach(std ${standards})
	add_library(lib${std} SHARED lib.c)
	add_executable(app${std} app.c)
	target_link_libraries(app${std} lib${std})
	set_target_properties(lib${std} app${std} PROPERTIES C_STANDARD ${std} COMPILE_DEFINITIONS "WANTED=${wanted_${std}}")
endforeach()
END
	if out=$(cmake -S cmake -B cmake/out -DCMAKE_C_COMPILER="$THRUMCC" 2>&1 && cmake --build cmake/out 2>&1); then
		for app in cmake/out/app??; do
			ran "cmake $app" "$app"
		done
	else
		wrong "cmake: $out"
	fi
else
	echo "cmake is not installed: not tried"
fi

# ---- meson ----

if command -v meson >/dev/null && command -v ninja >/dev/null; then
	for std in c99:199901L gnu99:199901L c11:201112L c17:201710L gnu17:201710L c2x:202000L gnu2x:202000L; do
		dir=meson-${std%:*}
		mkdir -p "$dir" && cp lib.c app.c "$dir" && cat >"$dir/meson.build" <<END
project('tiny', 'c', default_options: ['c_std=${std%:*}'])
cc = meson.get_compiler('c')
if cc.get_id() != 'clang' or not cc.version().startswith('19.')
  error('compiler is ' + cc.get_id() + ' ' + cc.version())
endif
if not cc.has_function('qsort') or cc.has_function('no_such_function') or not cc.has_header('thrum.h') or cc.sizeof('long') != 8
  error('a check is wrong')
endif
if not cc.has_argument('-Wall') or cc.has_argument('-fno-such-option') or not cc.links('int main(void) { return 0; }')
  error('a check is wrong')
endif
lib = shared_library('lib', 'lib.c', c_args: '-DWANTED=${std#*:}')
executable('app', 'app.c', c_args: '-DWANTED=${std#*:}', link_with: lib)
END
		if out=$(CC="$THRUMCC" meson setup "$dir/out" "$dir" 2>&1 && ninja -C "$dir/out" 2>&1); then
			ran "meson c_std=${std%:*}" "$dir/out/app"
		else
			wrong "meson c_std=${std%:*}: $out"
		fi
	done
else
	echo "meson or ninja is not installed: not tried"
fi

# ---- configure's questions: does the compiler work, is it GNU C, which option means which
# ---- standard, can it make dependencies?

cat >conftest.c <<'END'
int main(void) {
#ifndef __GNUC__
	choke me
#endif
	return 0;
}
END
for option in --version -v -dumpmachine -dumpversion -print-prog-name=ld -print-file-name=libc.so; do
	"$THRUMCC" $option >version.out 2>&1 || wrong "configure: $option fails: $(cat version.out)"
done
[ "$("$THRUMCC" -dumpmachine)" = "$(clang-19 -dumpmachine)" ] || wrong "configure: -dumpmachine differs from clang's"
[ "$("$THRUMCC" -print-prog-name=ld)" = "$(clang-19 -print-prog-name=ld)" ] || wrong "configure: -print-prog-name=ld differs from clang's"
"$THRUMCC" conftest.c 2>conftest.err && [ -x a.out ] && ./a.out && [ ! -s conftest.err ] || wrong "configure: a.out: $(cat conftest.err)"
"$THRUMCC" -c conftest.c 2>conftest.err && [ -f conftest.o ] && [ ! -s conftest.err ] || wrong "configure: conftest.o: $(cat conftest.err)"
"$THRUMCC" -E conftest.c >conftest.i 2>conftest.err && [ ! -s conftest.err ] || wrong "configure: -E: $(cat conftest.err)"
"$THRUMCC" -M conftest.c | grep -q '^conftest.o: *conftest.c' || wrong "configure: -M"
echo 'choke me' >bad.c
"$THRUMCC" -c bad.c >/dev/null 2>&1 && wrong "configure: compiles what is wrong"
for std in gnu99:199901L c99:199901L gnu11:201112L c11:201112L gnu17:201710L c17:201710L gnu23:202000L c23:202000L c2x:202000L; do
	"$THRUMCC" -std="${std%:*}" -DWANTED="${std#*:}" -fPIC -shared lib.c -o libtiny.so &&
		"$THRUMCC" -std="${std%:*}" -DWANTED="${std#*:}" app.c -L. -ltiny -Wl,-rpath,"$PWD" -o app && ran "-std=${std%:*}" ./app ||
		wrong "-std=${std%:*}"
done

# ---- what waf asks (waflib/Tools/c_config.py, get_cc_version) ----

python3 - "$THRUMCC" <<'END' || wrong "waf"
import subprocess, sys
out = subprocess.run([sys.argv[1], "-dM", "-E", "-"], input=b"\n", stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
if out.stderr:
    sys.exit("-dM -E - says: " + out.stderr.decode())
k = {}
for line in out.stdout.decode().splitlines():
    words = line.split()
    if len(words) > 2 and words[0] == "#define":
        k[words[1]] = words[2]
version = k.get("__clang_major__"), k.get("__clang_minor__"), k.get("__clang_patchlevel__")
if "__clang__" not in k or "__GNUC__" not in k or version[0] != "19" or "__linux__" not in k or "__x86_64__" not in k or "__ELF__" not in k:
    sys.exit("the macros say %s" % (version,))
END
exit $failed
