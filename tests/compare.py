# SPDX-License-Identifier: MIT
"""compare - generated programs, compiled by thrumcc and by plain clang, must agree.

The common part of tests/csmith/run and tests/gen/run. Each describes its programs by a class that
is derived from Program and calls main with it.

A program prints a checksum of its results. It is compiled by the reference (clang-19 -O0) and by
thrumcc at -O0, -O1, -O2 and -O3. Every binary runs normally and with THRUM_DEBUG=stackmove=1, or
with preemptstorm=10 if MODES asks for storms. It must print the same as the reference. For the
mode sigstorm the program is linked once more, with the storm of signals of tests/run.

Slot k of a run uses seed SEED+k. A seed without a usable program is replaced by SEED+k+STRIDE, and
so on. So a slot does not depend on the others, and the same SEED gives the same programs. A
difference is a failure only if the reference compiler at the same -O level agrees with its own -O0.
If not, the program is undefined after all (or clang is wrong), and it is replaced too.

A failing program is kept as build/NAME/SEED.c beside SEED.log (the commands, the wanted output
and the actual one). Programs that pass are removed.

Environment:
    CC_UNDER_TEST   compiler, default build/bin/thrumcc
    REF_CC          reference, default clang-19
    LEVELS          default "-O0 -O1 -O2 -O3"
    MODES           default "normal stackmove"; storm, sigstorm
    JOBS            default 2
    V               set: tell which seeds are replaced, and why
"""

import concurrent.futures
import os
import random
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

CC = shlex.split(os.environ.get("CC_UNDER_TEST", os.path.join(ROOT, "build/bin/thrumcc")))
REF = shlex.split(os.environ.get("REF_CC", "clang-19"))
LEVELS = os.environ.get("LEVELS", "-O0 -O1 -O2 -O3").split()
MODES = os.environ.get("MODES", "normal stackmove").split() or ["normal"]
JOBS = int(os.environ.get("JOBS", "2"))

STRIDE = 1000003        # distance to the seed that replaces a rejected one
TRIES = 50              # rejected seeds in a row before a slot gives up
COMPILE_LIMIT = 120     # seconds, one compilation
REF_LIMIT = 0.3         # seconds, reference program; most need 0.01
RUN_LIMIT = {"normal": 30, "stackmove": 180, "storm": 60, "sigstorm": 180}
STORMS = 8              # runs in a storm of signals: a program of milliseconds sees a hundred
EXTRA = os.path.join(ROOT, "tests/prog/extra")


class Rejected(Exception):
    """The seed does not give a usable program; take the next one."""


def limits():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))


def call(argv, limit, env=None):
    """Run argv in its own process group: (status text, stdout, stderr)."""
    proc = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=env, preexec_fn=limits,
                            start_new_session=True)
    try:
        out, err = proc.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(proc.pid, signal.SIGKILL)
        out, err = proc.communicate()
        return "time limit of %g s" % limit, out, err
    if proc.returncode < 0:
        return "signal %d" % -proc.returncode, out, err
    return "exit %d" % proc.returncode, out, err


def environment(mode, seed=1):
    env = {k: v for k, v in os.environ.items() if k != "THRUM_DEBUG"}
    if mode == "stackmove":
        env["THRUM_DEBUG"] = "stackmove=1"
    elif mode == "storm":
        env["THRUM_DEBUG"] = "preemptstorm=10"
    elif mode == "sigstorm":
        env["THRUM_SEED"] = str(seed)
    return env


def text(data, most=2000):
    s = data.decode("utf-8", "replace")
    return s if len(s) <= most else s[:most] + "... (%d characters)" % len(s)


class Program:
    """The program of a seed. Derived classes write its source, and may choose its compilation."""

    name = None             # of the suite, and of its folder in build
    ref_limit = 0.3         # seconds for the reference program

    def __init__(self, seed, folder):
        self.seed = seed
        self.source = os.path.join(folder, "%d.c" % seed)
        self.exe = os.path.join(folder, "%d.exe" % seed)
        self.storm = [os.path.join(folder, "%d.%s.o" % (seed, name)) for name in ("sigstorm", "sigstorm_x")]
        self.more = []          # objects to link with the program
        self.trouble = []       # (what in one line, log text)

    def generate(self):
        """Writes self.source or raises Rejected."""
        raise NotImplementedError

    def usable(self, wanted):
        """Raises Rejected if what the reference printed says nothing."""

    def commands(self, cc, level):
        """The commands that build self.exe; cc is CC or REF."""
        return [cc + [level, "-w", "-o", self.exe, self.source] + self.more]

    def files(self):
        """The files to remove in the end."""
        return [self.source, self.exe] + self.storm

    def compile(self, cc, level, storm=False):
        """(the commands as text, status, output)"""
        self.more = self.storm if storm else []
        argvs, out, status = self.commands(cc, level), b"", ""
        if storm:
            argvs = [c + ["-g", "-D_GNU_SOURCE", "-I" + os.path.join(ROOT, "include"), "-c", os.path.join(EXTRA, name), "-o", to]
                     for c, name, to in ((CC + [level], "sigstorm.c", self.storm[0]), (REF + ["-O2"], "sigstorm_x.c", self.storm[1]))] + argvs
        for argv in argvs:
            status, more, err = call(argv, COMPILE_LIMIT)
            out += more + err
            if status != "exit 0":
                break
        return "\n".join(shlex.join(argv) for argv in argvs), status, out

    def reference(self):
        _, status, out = self.compile(REF, "-O0")
        if status != "exit 0":
            raise Rejected("reference: %s: %s" % (status, text(out)))
        status, out, _ = call([self.exe], self.ref_limit, environment("normal"))
        if status != "exit 0":
            raise Rejected("reference program: " + status)
        self.usable(out)
        self.wanted = out

    def undefined(self, level):
        """Does the reference at this level disagree with its own -O0?"""
        _, status, _ = self.compile(REF, level)
        if status != "exit 0":
            return True
        status, out, _ = call([self.exe], 10, environment("normal"))
        return (status, out) != ("exit 0", self.wanted)

    def fault(self, level, modes):
        """The first fault at this level, or None: (mode, what in one line, log text)."""
        stormy = None
        for mode in modes:
            if stormy != (mode == "sigstorm"):
                stormy = mode == "sigstorm"
                commands, status, out = self.compile(CC, level, stormy)
                if status != "exit 0":
                    return None, "%s: compiler: %s" % (level, status), commands + "\n" + text(out, 20000)
            for run in range(STORMS if stormy else 1):
                status, out, err = call([self.exe], RUN_LIMIT[mode], environment(mode, self.seed * STORMS + run))
                if (status, out) != ("exit 0", self.wanted):
                    break
            if (status, out) != ("exit 0", self.wanted):
                what = "%s %s: %s" % (level, mode, status if status != "exit 0" else "wrong checksum")
                return mode, what, "%s\nwanted: %s\ngot:    %s\nstderr: %s" % (commands, text(self.wanted), text(out), text(err))
        return None

    def check(self):
        for level in LEVELS:
            modes = MODES
            while True:
                found = self.fault(level, modes)
                if found is None:
                    break
                mode, what, log = found
                if mode is not None and self.undefined(level):
                    raise Rejected("the reference disagrees with itself at " + level)
                self.trouble.append((what, log))
                modes = modes[modes.index(mode) + 1:] if mode is not None else []
                if not modes:
                    break

    def keep(self):
        folder = os.path.join(ROOT, "build", self.name)
        os.makedirs(folder, exist_ok=True)
        shutil.move(self.source, os.path.join(folder, "%d.c" % self.seed))
        with open(os.path.join(folder, "%d.log" % self.seed), "w") as f:
            for what, log in self.trouble:
                f.write("== %s\n%s\n\n" % (what, log))


def slot(kind, first, folder):
    """One passed or failed program: (program or None, list of rejections)."""
    rejected = []
    for attempt in range(TRIES):
        program = kind(first + attempt * STRIDE, folder)
        try:
            program.generate()
            program.reference()
            program.check()
            if program.trouble:
                program.keep()
            return program, rejected
        except Rejected as why:
            rejected.append((program.seed, str(why)))
        finally:
            for f in program.files():
                if os.path.exists(f):
                    os.unlink(f)
    return None, rejected


def need(name, command, package):
    if not shutil.which(command):
        sys.exit("%s/run: %s not found; install the package %s" % (name, command, package))


def probe(name):
    """Does stackmove move? A runtime that ignores it would pass everything."""
    with tempfile.TemporaryDirectory(prefix=name + ".") as folder:
        exe = os.path.join(folder, "probe")
        source = os.path.join(ROOT, "tests/conformance/probe.c")
        real = ["-DPROBE", "-I" + os.path.join(ROOT, "include")] if "thrumcc" in CC[0] else []
        status, out, err = call(CC + ["-O1"] + real + ["-o", exe, source], COMPILE_LIMIT)
        if status != "exit 0":
            sys.exit("%s/run: cannot build %s:\n%s" % (name, source, text(out + err)))
        status, out, err = call([exe], 10, environment("stackmove"))
        if status != "exit 0":
            sys.exit("%s/run: THRUM_DEBUG=stackmove=1 does not move main's stack: %s %s"
                     % (name, status, text(out + err)))


def main(kind):
    """The whole program tests/NAME/run N [SEED]: its exit status."""
    argv, name = sys.argv[1:], kind.name
    if not argv or len(argv) > 2 or not argv[0].isdigit() \
            or (len(argv) == 2 and argv[1] != "random" and not argv[1].isdigit()):
        sys.exit("usage: tests/%s/run N [SEED|random]" % name)
    count = int(argv[0])
    seed = argv[1] if len(argv) == 2 else os.environ.get("SEED", "1")
    seed = random.SystemRandom().randrange(1, 10 ** 9) if seed == "random" else int(seed)
    need(name, REF[0], REF[0])
    need(name, CC[0], "(build it first: make)")
    if "stackmove" in MODES:
        probe(name)

    print("%s: %d programs from seed %d, %s at %s, %s"
          % (name, count, seed, shlex.join(CC), " ".join(LEVELS), " and ".join(MODES)), flush=True)
    start = time.monotonic()
    passed = failed = replaced = 0
    progress = sys.stdout.isatty()
    step = max(1, min(25, count // 4))

    with tempfile.TemporaryDirectory(prefix=name + ".") as folder, \
            concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        todo = {pool.submit(slot, kind, seed + k, folder): seed + k for k in range(count)}
        try:
            for future in concurrent.futures.as_completed(todo):
                program, rejected = future.result()
                replaced += len(rejected)
                if os.environ.get("V"):
                    for s, why in rejected:
                        print("  seed %d replaced: %s" % (s, why))
                if program is None:
                    failed += 1
                    print("FAIL seed %d: no usable program in %d tries (%s)"
                          % (todo[future], TRIES, rejected[-1][1]), flush=True)
                elif program.trouble:
                    failed += 1
                    for what, _ in program.trouble:
                        print("FAIL seed %d %s  (build/%s/%d.c)"
                              % (program.seed, what, name, program.seed), flush=True)
                else:
                    passed += 1
                done = passed + failed
                line = "%s: %d/%d, %d failed, %d replaced, %.0f s" \
                    % (name, done, count, failed, replaced, time.monotonic() - start)
                if progress:
                    print("\r" + line, end="\n" if done == count else "", flush=True)
                elif done % step == 0 or done == count:
                    print(line, flush=True)
        except KeyboardInterrupt:
            for future in todo:
                future.cancel()
            raise SystemExit(130)
    print("%d passed, %d failed (seed %d, %d replaced, %.0f s)"
          % (passed, failed, seed, replaced, time.monotonic() - start))
    return 1 if failed else 0

