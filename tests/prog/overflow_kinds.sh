#!/bin/bash
# SPDX-License-Identifier: MIT
#
# overflow_kinds - Shows that recursion without end, whatever memory each level takes and wherever
# it runs, ends in a report, with less than 1 GB in use at any time. The limit is for stack and
# unsafe frames together.
set -u
cd "$(dirname "$0")/../.." || exit 1
WORK=${WORK:-$(mktemp -d)}
THRUMCC=${THRUMCC:-build/bin/thrumcc}
"$THRUMCC" -O1 -g -w -Iinclude tests/prog/extra/overflow_kinds.c -o "$WORK/overflow_kinds" || exit 1
exec python3 - "$WORK/overflow_kinds" <<'END'
import resource, subprocess, sys

# On a thread's own stack it is a fault, as with clang. The test is only that unsafe frames have a
# limit.
FULL = ["none main", "array main", "bigvla go", "pinned callback", "loop thread"]
SMALL = ["small main", "vla main", "loop go", "big main", "bigvla thread", "array go", "pinned go", "none callback", "vla callback", "array thread",
         "big handler", "none handler"]
failed = 0
for case in FULL + [s + " 16000000" for s in SMALL]:
    for debug in ["", "stackmove=1"] if case.startswith("array go") else [""]:
        p = subprocess.run([sys.argv[1]] + case.split(), capture_output=True, timeout=60, env={"THRUM_DEBUG": debug})
        text = p.stderr.decode()
        want = (-11, "fatal signal: SIGSEGV") if case.startswith("none handler") else (2, "\nfatal error: stack overflow\n")
        if p.returncode != want[0] or want[1] not in text or text.count("\n") > 400:
            print(case, debug, "exit", p.returncode, text[-1000:])
            failed = 1
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        if peak > 1000000:
            sys.exit("%s: %d KB at its peak" % (case, peak))
print("total: at most %d MB" % (peak // 1024))
sys.exit(failed)
END
