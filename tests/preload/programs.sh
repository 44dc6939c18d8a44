#!/bin/bash
# SPDX-License-Identifier: MIT
#
# programs - Shows that programs of the system run under libthrum-malloc.so, all of their processes
# included, with the same output as without it: compilers, interpreters, git, sort with threads,
# pipes, and a program of thrumcc.
set -u
cd "$(dirname "$0")/../.." || exit 1
WORK=${WORK:-$(mktemp -d)}
ROOT=$PWD
lib=$ROOT/build/lib/thrum/libthrum-malloc.so
failed=0 n=0

cat >"$WORK/file.py" <<'END'
import collections, json, os, re, subprocess, sys, threading

def work(n, out):
    d = {str(i): [i] * (i % 50) for i in range(n)}
    text = json.dumps(d, sort_keys=True)
    words = collections.Counter(re.findall(r"\d+", text))
    out.append((len(text), words.most_common(3), json.loads(text) == d))

out = []
threads = [threading.Thread(target=work, args=(4000, out)) for i in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(out[0], all(o == out[0] for o in out))
pid = os.fork()
if pid == 0:
    work(500, out)
    os._exit(out[-1][2] * 7)
print(os.waitpid(pid, 0)[1] >> 8)
print(subprocess.run(["sh", "-c", "echo child"], capture_output=True, text=True).stdout)
print(sum(map(int, str(7 ** 4000))), hash((1, 2, 3)), len(bytes(50 << 20)))
END
cat >"$WORK/file.pl" <<'END'
my %h; $h{$_ % 5000} .= "$_," for 1 .. 100000;
my @k = sort { length $h{$a} <=> length $h{$b} or $a <=> $b } keys %h;
print "@k[0 .. 9] ", length join("", values %h), "\n";
my $s = "abc" x 100000; my $n = () = $s =~ /b(?=c)/g; print "$n\n";
print `echo from a child`;
END
seq 1 300000 | awk '{ print ($1 * 7919) % 1000003, "line", $1 }' >"$WORK/lines"

# same NAME COMMAND: both runs end alike, and print the same. Each has a directory of its own. A
# program that is not installed is left out.
same() {
	case $1 in
	python3 | perl | git | gcc | g++ | tar | xz) command -v "$1" >/dev/null || return 0 ;;
	esac
	n=$((n + 1))
	for run in plain preload; do
		rm -rf "$WORK/$run.d"
		mkdir "$WORK/$run.d"
		(
			cd "$WORK/$run.d" || exit 1
			[ $run = plain ] || export LD_PRELOAD=$lib
			export PYTHONHASHSEED=1 HOME=$WORK WORK ROOT run
			timeout 100 bash -c "$2" >"$WORK/$run.out" 2>&1
			echo "exit $?" >>"$WORK/$run.out"
		)
	done
	if ! diff -u "$WORK/plain.out" "$WORK/preload.out" >"$WORK/diff" || ! grep -q '^exit 0$' "$WORK/plain.out"; then
		echo "== $1: $2"
		cat "$WORK/diff"
		tail -n 5 "$WORK/plain.out"
		failed=1
	fi
}

git=(-c user.name=n -c user.email=e@example.org -c init.defaultBranch=main -c commit.gpgsign=false)
export GIT="git ${git[*]}" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_DATE="2001-01-01T00:00:00Z" GIT_COMMITTER_DATE="2001-01-01T00:00:00Z"

same mapped 'grep -c libthrum-malloc /proc/self/maps >/dev/null || [ "$run" = plain ]'
same python3 'python3 "$WORK/file.py"'
same perl 'perl "$WORK/file.pl"'
same git '$GIT init -q . && cp -r "$ROOT/alloc" . && $GIT add . && $GIT commit -qm one && sed -i s/the/The/ alloc/*.c &&
	$GIT commit -qam two && $GIT log -p --stat | sha256sum && $GIT gc -q && $GIT fsck --full && $GIT grep -c mcache &&
	$GIT clone -q . c && $GIT -C c log --format=%H'
same gcc 'gcc -O2 -D_GNU_SOURCE -w -c "$ROOT/tests/preload/calls.c" -o a.o && sha256sum <a.o'
same clang 'clang-19 -O2 -D_GNU_SOURCE -w -c "$ROOT/tests/preload/calls.c" -o a.o && sha256sum <a.o'
same g++ 'echo "#include <map>
#include <regex>
#include <iostream>
int main() { std::map<std::string, int> m; for (int i = 0; i < 1000; i++) m[std::to_string(i)] = i;
try { throw std::string(\"thrown\"); } catch (std::string &s) { std::cout << s << m[\"77\"] << std::endl; }
std::cout << std::regex_match(\"aab\", std::regex(\"a*b\")) << std::endl; }" >a.cc && g++ -O1 a.cc -o a && ./a'
same sort 'sort --parallel=4 -S 4M "$WORK/lines" | sha256sum; sort -n --parallel=4 "$WORK/lines" | sha256sum'
same tar 'tar -C "$ROOT" --sort=name --mtime=@0 -cf - alloc include man | gzip -n | tee a.tgz | sha256sum && tar tzf a.tgz | sort'
same awk "awk '{ a[\$1 % 997] = a[\$1 % 997] \$3 } END { for (i = 0; i < 997; i++) n += length(a[i]); print n }' \"\$WORK/lines\""
same bash 'for i in $(seq 1 2000); do x[$i]=$(($i * 3)); done; echo ${x[@]} | sed "s/9/nine/g" | sha256sum; (echo a; exit 0) | cat'
same make 'printf "all: a b c\n%%: ; @echo \$@ \$(words \$(shell seq 1 500))\n" >m && make -s -j1 -f m && make -j3 -f m -n | sort'
same xz 'xz -T2 -0 -c "$WORK/lines" | xz -dc | sha256sum'
same space '(ulimit -v 200000; perl "$WORK/file.pl")'
same thrumcc '"$ROOT/build/bin/thrumcc" -O1 -I"$ROOT/include" "$ROOT/tests/prog/alloc_threads_end.c" -o a && ./a'
same env 'env -i /bin/sh -c "echo clean"'
[ $n -ge 12 ] || { echo "only $n programs are installed"; failed=1; }
[ $failed -eq 0 ] && echo "total: $n programs"
exit $failed
