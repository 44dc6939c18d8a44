#!/bin/bash
# SPDX-License-Identifier: MIT
# driver_project - Shows that thrumcc works as the CC of existing builds: make's own rules, a static
# library, conftest programs of configure, dependency files, odd names.

: "${WORK:=$(mktemp -d)}"
: "${THRUMCC:=$(cd "$(dirname "$0")/../.." && pwd)/build/bin/thrumcc}"
cd "$WORK" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
failed=0

wrong() {
	echo "$*"
	failed=1
}

ok() {
	out=$("$@" 2>&1) && [ -z "$out" ] || wrong "should succeed silently: $*"$'\n'"$out"
}

prints() {
	text=$1
	shift
	out=$("$@" 2>&1)
	[ "$out" = "$text" ] || wrong "should print '$text': $*"$'\n'"$out"
}

# A project that knows nothing of thrum, with make's built-in rules.
mkdir -p project/src project/lib
cat >project/Makefile <<'END'
CFLAGS = -O2 -g -Wall -Wextra -Werror -std=c99 -MMD -MP
CPPFLAGS = -Ilib
OBJS = src/main.o src/tree.o
prog: $(OBJS) lib/libutil.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(OBJS) -Llib -lutil -lm
lib/libutil.a: lib/list.o lib/str.o
	$(AR) rcs $@ $^
-include $(OBJS:.o=.d)
END
cat >project/lib/util.h <<'END'
#include <stddef.h>
struct list { struct list *next; const char *name; };
int list_length(const struct list *);
char *join(const struct list *, char *to, size_t size);
END
cat >project/lib/list.c <<'END'
#include "util.h"
int list_length(const struct list *l) { return l ? 1 + list_length(l->next) : 0; }
END
cat >project/lib/str.c <<'END'
#include "util.h"
#include <stdio.h>
#include <string.h>
char *
join(const struct list *l, char *to, size_t size)
{
	char part[64];
	*to = '\0';
	for (; l; l = l->next) {
		snprintf(part, sizeof part, "%s%s", l->name, l->next ? "," : "");
		if (strlen(to) + strlen(part) < size)
			strcat(to, part);
	}
	return to;
}
END
cat >project/src/tree.c <<'END'
#include "util.h"
int
tree(const char *const *names, int n, struct list *above, char *to, size_t size)
{
	struct list here = {above, names[n]};
	if (n == 0)
		return join(&here, to, size) ? list_length(&here) : 0;
	return tree(names, n - 1, &here, to, size);
}
END
cat >project/src/main.c <<'END'
#include <math.h>
#include <stdio.h>
#include "util.h"
int tree(const char *const *names, int n, struct list *above, char *to, size_t size);
int
main(int argc, char **argv)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	char line[100];
	int n = tree(names, 3, NULL, line, sizeof line);
	printf("%s %d %.3f %d%s\n", line, n, cos(argc - 1.0), argc, argv[argc] ? "?" : "");
	return 0;
}
END
make -s -C project CC="$THRUMCC" >out 2>&1 || wrong "make CC=thrumcc fails: $(cat out)"
[ -s out ] && wrong "make CC=thrumcc says: $(cat out)"
prints "a,b,c,d 4 1.000 1" project/prog
touch project/lib/util.h
make -C project CC="$THRUMCC" -n | grep -q 'main.c' || wrong "the dependency files do not name util.h"
make -s -C project CC="$THRUMCC" CFLAGS="-O0 -std=c11" -B >out 2>&1 || wrong "make -B fails: $(cat out)"
prints "a,b,c,d 4 1.000 1" project/prog
PATH=$(dirname "$THRUMCC"):$PATH make -s -C project CC=thrumcc -B >out 2>&1 || wrong "found on the PATH it fails: $(cat out)"
prints "a,b,c,d 4 1.000 1" project/prog
ln -sf "$THRUMCC" cc-link
make -s -C project CC="$PWD/cc-link" -B >out 2>&1 || wrong "through a symbolic link it fails: $(cat out)"
prints "a,b,c,d 4 1.000 1" project/prog

# The questions of configure.
try() { # try WANT SOURCE ARGUMENT...: does this conftest compile and link?
	want=$1
	printf '%s\n' "$2" >conftest.c
	shift 2
	if "$THRUMCC" "$@" conftest.c -o conftest -lm >out 2>&1; then got=yes; else got=no; fi
	[ $got = "$want" ] || wrong "conftest should give $want: $* $(cat conftest.c): $(cat out)"
}
try yes 'int main(void) { return 0; }'
try yes 'int main() { return 0; }' -std=gnu89 -w
try yes 'char strlcpy_missing(); int main() { return 0; }' -w
try yes 'char malloc(); int main() { return malloc(); }' -w -fno-builtin
try yes 'char pow(); int main() { return pow(); }' -w -fno-builtin
try no 'char no_such_function_(); int main() { return no_such_function_(); }' -w
try no '#include <no_such_header.h>
int main(void) { return 0; }'
try no 'int main(void) { int a[sizeof(long) == 8 ? -1 : 1]; return 0; }'
try yes '#include <stdint.h>
#include <pthread.h>
static void *f(void *p) { return p; }
int main(void) { pthread_t t; return pthread_create(&t, 0, f, 0) || pthread_join(t, 0); }' -pthread
./conftest || wrong "a conftest with a thread fails"
echo 'VERS_1 { global: main; local: *; };' >conftest.map
try yes 'int main(void) { return 0; }' -Wl,--version-script=conftest.map -rdynamic
try no 'int main(void) { return 0; }' -Werror -fno-such-option
try yes 'static int f(void) __attribute__((unused)); static int f(void) { return 0; } int main(void) { return __builtin_expect(0, 0); }' -Werror
printf '#ifdef __clang__\nyes clang\n#endif\n__GNUC__ __x86_64__\n' >conftest.c
"$THRUMCC" -E conftest.c | grep -q 'yes clang' || wrong "-E: not clang"
"$THRUMCC" -E -dM - </dev/null | grep -q '__clang_major__ 19' || wrong "-E -dM from stdin"
"$THRUMCC" -v >out 2>&1 || wrong "-v fails"
"$THRUMCC" -V >out 2>&1 && wrong "-V is no error"
"$THRUMCC" -print-prog-name=ld >out 2>&1 || wrong "-print-prog-name fails"
"$THRUMCC" -print-search-dirs | grep -q libraries || wrong "-print-search-dirs"

# Kinds of output.
echo 'int one(void) { return 1; }' >one.c
echo 'int one(void); int main(void) { return one() - 1; }' >two.c
ok "$THRUMCC" -S one.c two.c
[ -s one.s ] && [ -s two.s ] || wrong "-S of two files"
ok "$THRUMCC" one.s two.s -o p
ok ./p
"$THRUMCC" -E one.c two.c | grep -c 'int one' | grep -qx 2 || wrong "-E of two files"
"$THRUMCC" -M two.c | grep -q '^two.o: two.c' || wrong "-M"
"$THRUMCC" -MM -MT x.o two.c | grep -qx 'x.o: two.c' || wrong "-MM -MT"
mkdir -p d
ok "$THRUMCC" -MMD -MP -MF d/two.d -c two.c -o two.o
grep -q 'two.o: two.c' d/two.d || wrong "-MMD -MF"
ok "$THRUMCC" -save-temps -c one.c
[ -s one.i ] && [ -s one.o ] || wrong "-save-temps"
ok "$THRUMCC" -c one.i -o one.o
ok "$THRUMCC" -emit-llvm -c one.c -o one.bc
ok "$THRUMCC" one.bc two.c -o p
ok ./p
ok "$THRUMCC" -x c -c one.c -o one.o
ok "$THRUMCC" -x assembler one.s -x c two.c -o p
ok ./p
"$THRUMCC" -c one.c two.c -o both.o 2>/dev/null && wrong "-c -o of two files is no error"
ok "$THRUMCC" -pipe one.c two.c -o p
ok "$THRUMCC" -Wall -Wextra -Werror -pedantic -std=c89 one.c two.c -o p

# From stdin, and names with blanks and quotes.
printf 'int main(void) { return 3; }' | "$THRUMCC" -O1 -x c - -o p || wrong "from stdin"
./p
[ $? = 3 ] || wrong "from stdin: another program"
printf 'int main(void) { return 4; }' | "$THRUMCC" -x c -c -o in.o - && ok "$THRUMCC" in.o -o p
./p
[ $? = 4 ] || wrong "-c from stdin: another program"
mkdir -p "a dir/it's"
cp two.c "a dir/it's/main file.c"
ok "$THRUMCC" "a dir/it's/main file.c" one.c -o "a dir/it's/the program"
ok "a dir/it's/the program"
ok "$THRUMCC" -o"a dir/p" one.c two.c
ok "a dir/p"
cp two.c ./-dash.c
ok "$THRUMCC" one.c -o p -- -dash.c
ok ./p

# An installed tree in a place with a blank works too.
here=$(dirname "$THRUMCC")/..
mkdir -p "an other/bin" "an other/lib" "an other/include"
cp "$here/bin/thrumcc" "an other/bin/"
cp -r "$here/lib/thrum" "an other/lib/"
cp -rL "$here/include/." "an other/include/"
printf '#include <thrum.h>\nint one(void); int main(void) { return one() - 1 + (thrum_self() == 0); }\n' >three.c
ok "an other/bin/thrumcc" -O2 one.c three.c -o p
ok ./p

# Response files.
printf '%s\n' '-O2' '"a dir/it'"'"'s/main file.c"' 'one.c -o "a dir/r"' >args
ok "$THRUMCC" @args
ok "a dir/r"
printf -- '-DVALUE=\\"x\\ y\\"\n' >more
printf '@more\n-c v.c\n' >args
echo 'const char *v = VALUE; _Static_assert(sizeof VALUE == 4, "");' >v.c
ok "$THRUMCC" @args
ok "$THRUMCC" -Wl,@/dev/null one.c two.c -o p

exit $failed
