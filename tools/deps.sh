#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deps.sh - installs what thrum needs, with apt-get.
#
#	tools/deps.sh [GROUP...]           install missing packages (of all groups if none is named)
#	tools/deps.sh --check [GROUP...]   print missing packages only; exit 1 if there are any
#	tools/deps.sh --list [GROUP...]    print the packages
#
# The groups:
#
#	build        compilers, assembler, LLVM headers
#	test         unit test framework, FileCheck, csmith, gdb, mandoc, spin, libuv for an example,
#	             libgc, valgrind, build systems that meet thrumcc (cmake, meson)
#	bench        the peers that benchmarks are compared with, gnuplot
#	perf         the perf tool
#	conformance  tools that unpack and build Debian source packages
#
# A package counts as present if the file or command for which it is needed exists, from whatever
# source. So the check takes milliseconds and asks no package manager. A system without apt works
# once the files exist.

set -eu

groups="build test bench perf conformance"

# One line per need: group, package, and the proof that it is present: a command, or a path (any of
# several, separated by commas; globs allowed).
needs() {
	cat <<-'END'
	build        make                 make
	build        gcc                  gcc
	build        libc6-dev            /usr/include/stdio.h
	build        binutils             ld.bfd
	build        nasm                 nasm
	build        clang-19             clang-19
	build        llvm-19-dev          /usr/lib/llvm-19/include/llvm/IR/PassManager.h
	build        libclang-rt-19-dev   /usr/lib/llvm-19/lib/clang/19/lib/linux
	build        g++                  g++
	build        zlib1g-dev           /usr/include/zlib.h
	build        python3              python3
	test         llvm-19-tools        /usr/lib/llvm-19/bin/FileCheck
	test         libcriterion-dev     /usr/include/criterion/criterion.h,/usr/include/*/criterion/criterion.h
	test         pkg-config           pkg-config
	test         gdb                  gdb
	test         csmith               csmith
	test         libcsmith-dev        /usr/include/csmith*/csmith.h,/usr/include/csmith.h,/usr/include/*/csmith.h
	test         mandoc               mandoc
	test         spin                 spin
	test         libuv1-dev           /usr/include/uv.h
	test         libgc-dev            /usr/include/gc.h
	test         cmake                cmake
	test         meson                meson
	test         ninja-build          ninja
	test         valgrind             valgrind
	test         libc6-dbg            /usr/lib/debug/.build-id
	bench        golang-go            go
	bench        libboost-context-dev /usr/include/boost/context/fiber.hpp
	bench        gnuplot-nox          gnuplot
	bench        libmimalloc2.0       /usr/lib/*/libmimalloc.so.2,/usr/lib*/libmimalloc.so.2
	bench        libjemalloc2         /usr/lib/*/libjemalloc.so.2,/usr/lib*/libjemalloc.so.2
	bench        libtcmalloc-minimal4 /usr/lib/*/libtcmalloc_minimal.so.4,/usr/lib*/libtcmalloc_minimal.so.4
	perf         linux-perf           perf
	conformance  dpkg-dev             dpkg-source
	conformance  patch                patch
	conformance  xz-utils             xz
	conformance  cmake                cmake
	conformance  bison                bison
	conformance  ed                   ed
	conformance  python3              python3
	conformance  tcl                  tclsh
	conformance  tcl8.6-dev           /usr/include/tcl8.6/tcl.h
	conformance  perl                 prove
	conformance  meson                meson
	conformance  ninja-build          ninja
	conformance  libevent-dev         /usr/include/event2/event.h
	conformance  libpcre2-dev         /usr/include/pcre2.h
	conformance  libncurses-dev       /usr/include/curses.h
	conformance  sqlite3              sqlite3
	conformance  stress-ng            stress-ng
	conformance  libpython3-testsuite /usr/lib/python3*/test/libregrtest
	END
}

# present PROOFS: is any of them there?
present() {
	for proof in $(echo "$1" | tr , ' '); do
		case $proof in
		/*) [ -e "$proof" ] && return 0 ;;
		*) command -v "$proof" >/dev/null 2>&1 && return 0 ;;
		esac
	done
	return 1
}

# missing GROUP...: the packages of these groups that are not present
missing() {
	needs | while read -r group package proofs; do
		case " $* " in *" $group "*) present "$proofs" || echo "$package" ;; esac
	done
}

mode=install
case ${1-} in
--check) mode=check; shift ;;
--list) mode=list; shift ;;
-h | --help) sed -n '3,20s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac

for group in "$@"; do
	case " $groups " in
	*" $group "*) ;;
	*) echo "deps.sh: no group '$group'; there are: $groups" >&2; exit 2 ;;
	esac
done
[ $# -gt 0 ] || set -- $groups

if [ $mode = list ]; then
	needs | while read -r group package _; do
		case " $* " in *" $group "*) echo "$package" ;; esac
	done
	exit 0
fi

want=$(missing "$@" | tr '\n' ' ')
[ -n "$want" ] || exit 0
if [ $mode = check ]; then
	echo "missing: $want"
	exit 1
fi

if ! command -v apt-get >/dev/null 2>&1; then
	echo "deps.sh: this system has no apt-get. Install the software of these Debian packages: $want" >&2
	exit 1
fi

root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "deps.sh: not root, and no sudo. As root: apt-get install $want" >&2
		exit 1
	fi
	root=sudo
fi

# apt asks nothing and waits for another apt to finish.
apt() {
	$root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y -q "$@" </dev/null
}

echo "deps.sh: installing with apt-get: $want"
apt install --no-install-recommends $want && exit 0
echo "deps.sh: refreshing the package lists and trying again"
apt update
if apt install --no-install-recommends $want; then
	exit 0
fi

# A package that is not available must not block the others.
for package in $want; do
	apt install --no-install-recommends "$package" || true
done
want=$(missing "$@" | tr '\n' ' ')
[ -n "$want" ] || exit 0
echo "deps.sh: could not install: $want. Install them by hand, then run tools/deps.sh --check" >&2
exit 1
