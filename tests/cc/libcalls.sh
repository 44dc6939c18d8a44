#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libcalls.sh - Shows that the calls which the code generator makes by itself lead to safe places.
# Each arithmetic function and conversion of each floating type and of 128-bit integers is compiled
# in several ways. Every call in the machine code must go to instrumented code, to a thunk, or to a
# function that fits into the reserve below the guard by the lists of tools/nosplit and
# thrum-verify.

set -eu
cat >"$WORK/make.py" <<'EOF'
types = {"f16": "_Float16", "": "double", "f": "float", "l": "long double", "f128": "__float128"}
unary = """sin cos tan asin acos atan sinh cosh tanh exp exp2 exp10 log log2 log10 sqrt floor ceil trunc rint nearbyint
round roundeven fabs""".split()
binary = "pow fmin fmax fmod copysign".split()
n = 0

def add(result, params, expr):
    global n
    n += 1
    print("%s t%d(%s) { return %s; }" % (result, n, params, expr))

print("typedef __int128 ti; typedef unsigned __int128 tu;")
for s, t in types.items():
    for u in unary:
        if u + s == "nearbyintf16":
            continue
        add(t, t + " a", "__builtin_%s%s(a)" % (u, s))
    for b in binary:
        add(t, "%s a, %s b" % (t, t), "__builtin_%s%s(a, b)" % (b, s))
    add(t, "%s a, %s b, %s c" % (t, t, t), "__builtin_fma%s(a, b, c)" % s)
    add(t, t + " a, int n", "__builtin_ldexp%s(a, n)" % s)
    if s != "f16":
        add(t, t + " a, int *n", "__builtin_frexp%s(a, n)" % s)
        for r in "lround llround lrint llrint".split():
            add("long long", t + " a", "__builtin_%s%s(a)" % (r, s))
    if s in ("", "f", "l"):
        add(t, t + " a, int n", "__builtin_powi%s(a, n)" % s)
    for o in "+-*/":
        add(t, "%s a, %s b" % (t, t), "a %s b" % o)
        add("_Complex " + t, "_Complex %s a, _Complex %s b" % (t, t), "a %s b" % o)
    for o in ("<", "<=", ">", ">=", "==", "!="):
        add("int", "%s a, %s b" % (t, t), "a %s b" % o)
    for i in ("int", "unsigned", "long", "unsigned long", "ti", "tu"):
        add(i, t + " a", "a")
        add(t, i + " a", "a")
    for t2 in types.values():
        if t2 != t:
            add(t, t2 + " a", "a")
add("__bf16", "float a", "(__bf16)a")
add("__bf16", "double a", "(__bf16)a")
add("float", "__bf16 a", "a")
for o in "/%*":
    add("ti", "ti a, ti b", "a %s b" % o)
    add("tu", "tu a, tu b", "a %s b" % o)
add("ti", "ti *a", "__atomic_load_n(a, 5)")
add("ti", "ti *a, ti b", "__atomic_fetch_add(a, b, 5)")
add("ti", "ti *a, ti b", "__sync_lock_test_and_set(a, b)")
print("typedef float v4 __attribute__((vector_size(16))); v4 tv(v4 a) { return __builtin_elementwise_sin(a); }")
EOF
python3 "$WORK/make.py" >"$WORK/all.c"
n=0
for flags in "-O0" "-O2" "-O2 -fno-math-errno" "-O2 -ffast-math" "-O2 -ffp-model=strict" "-O2 -mavx2 -mfma -fno-math-errno" \
	"-O2 -mavx512fp16 -fno-math-errno" "-O2 -fno-builtin -fno-math-errno" "-O2 -mcx16 -fPIC -fno-math-errno" \
	"-O1 -pg -fPIC -fsemantic-interposition" "-O1 -pg -mfentry -mno-sse4.1" \
	"-O1 -finstrument-functions-after-inlining -fsanitize=undefined -fsanitize-trap=all -ftrap-function=ontrap"; do
	"$THRUMCC" $flags -w -fthrum-verify -c "$WORK/all.c" -o "$WORK/all.o"
	python3 - "$WORK/all.o" "$flags" <<'EOF'
import importlib.machinery, importlib.util, re, subprocess, sys
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("nosplit", "tools/nosplit")
ns = importlib.util.module_from_spec(importlib.util.spec_from_loader("nosplit", loader))
loader.exec_module(ns)
out = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", "-j", "thrumtext", sys.argv[1]], capture_output=True, text=True, check=True).stdout
calls = set(re.findall(r"R_X86_64_(?:PLT32|GOTPCRELX|REX_GOTPCRELX)\s+([\w.]+?)(?:[-+]0x\w+)?$", out, re.M))
bad = {c for c in calls if not c.endswith(".thrum") and not c.startswith(("thrum_", "__morestack", "t"))
       and c not in ns.Known.leaves and not ns.LIBGCC.match(c)}
if len(calls) < 100 or bad:
    sys.exit("%s: %d calls; not known to fit the reserve: %s" % (sys.argv[2], len(calls), " ".join(sorted(bad))))
EOF
	n=$((n + 1))
done
echo "total: $n ways to compile $(wc -l <"$WORK/all.c") functions"
