# SPDX-License-Identifier: MIT
"""report.py - the figures of bench/run: their comparisons, the table, the files.

samples maps a name to a list of ((pass, round), {unit: value}). Two names of one program have the
same keys, so that a ratio is taken round by round.

A figure is a row: a value (ns, bytes, ...), sometimes a reference beside it, and a target for the
value, for the ratio to the reference, or for the difference. The verdict is by the median. Rows
without a target are printed for comparison.

The reference of an allocator's figure is the best peer: the smallest median of one pass, to which
thrum's median of that pass is compared. The medians of all peers are printed, the best one beside
the value, the others behind the verdict.
"""
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import time

JUMP = "Switch/probe-jump-mem"
DRAM = "Yield/probe-dram-huge"
TGKILL = "Preempt/probe-tgkill"
ASK = "Preempt/ask/%s/1/switched"
LATE = "Preempt/sleep/tight/%d/100us/late"

ALLOCATORS = ("glibc", "mimalloc", "jemalloc", "tcmalloc")
TRACES = {"larson": "servers: sets of blocks change hands", "xmalloc": "each allocates for the other",
          "sh8": "small ones in odd orders", "mstress": "some stay, some change hands", "rptest": "bursts, a third is sent",
          "thrash": "active false sharing", "scratch": "passive false sharing"}
# the cases of alloc.c, each a process of its own
ALLOC = ["new", "pair", "batch/order", "batch/random", "random", "handoff"] + list(TRACES) + ["large", "calloc"]


def command(cmd, cwd=None):
    try:
        r = subprocess.run(cmd, capture_output=True, text=True, cwd=cwd, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return r.stdout.strip() if r.returncode == 0 else ""


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ""


def host_facts(top, clang, gcc, go):
    cpuinfo = read("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", cpuinfo)
    ids = re.findall(r"^(?:cpu family|model|stepping)\s*: (\d+)", cpuinfo, re.M)[:3]
    system = re.search(r'PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"))
    version = read("/sys/kernel/mm/transparent_hugepage/enabled")
    thp = re.search(r"\[(\w+)\]", version)
    mem = re.search(r"MemTotal:\s*(\d+)", read("/proc/meminfo"))
    commit = command(["git", "rev-parse", "--short=12", "HEAD"], top)
    if commit and command(["git", "status", "--porcelain", "--untracked-files=no"], top):
        commit += " and changes"
    first = lambda t: t.splitlines()[0] if t else "not installed"
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "host": platform.node(),
        "system": system.group(1) if system else "unknown",
        "kernel": platform.release(),
        "cpu": model.group(1) if model else "unknown",
        "cpu_ids": "family %s model %s stepping %s" % tuple(ids) if len(ids) == 3 else "",
        "cpus": len(os.sched_getaffinity(0)),
        "virtual": "yes" if "hypervisor" in cpuinfo else "no",
        "memory_mb": int(mem.group(1)) // 1024 if mem else 0,
        "transparent_hugepages": thp.group(1) if thp else "unknown",
        "clang": first(command([clang, "--version"])),
        "gcc": first(command([gcc, "--version"])),
        "go": first(command([go, "version"])),
        "commit": commit or "none",
        "load_before": "%.2f %.2f %.2f" % os.getloadavg(),
    }


class Row:
    """One line of the table."""

    def __init__(self, group, figure, name, unit="ns/op", limit=None, beside=None, ratio=None, diff=None,
                 below=None, case=None, label=None, also=None, peers=()):
        self.group, self.figure, self.name, self.unit = group, figure, name, unit
        self.limit, self.beside, self.ratio, self.diff = limit, beside, ratio, diff
        self.below = below  # limit that must not be equalled
        self.case = case or name
        self.label = label  # what the reference is called
        self.also = also  # a second group that shows the row
        self.peers = peers  # suffixes of name; the reference is the best of them
        self.others = {}  # the medians of the peers
        self.values, self.refs, self.ratios, self.diffs = [], [], [], []
        self.where = []

    def take(self, samples):
        mine = {k: v[self.unit] for k, v in samples.get(self.name, []) if self.unit in v}
        ref = {k: v[self.unit] for k, v in samples.get(self.beside, []) if self.unit in v} if self.beside else {}
        self.values = list(mine.values())
        if self.peers:
            mine, ref = medians(samples, self.name, self.unit), {}
            for peer in self.peers:
                passes = medians(samples, "%s/%s" % (self.name, peer), self.unit)
                if passes:
                    self.others[peer] = statistics.median(passes.values())
                ref = {**ref, **{k: min(v, ref.get(k, v)) for k, v in passes.items()}}
        self.refs = list(ref.values())
        both = [k for k in mine if k in ref and ref[k] > 0]
        self.ratios = [mine[k] / ref[k] for k in both]
        self.by_key = dict(zip(both, self.ratios))
        self.diffs = [mine[k] - ref[k] for k in both]

    def target(self):
        number = lambda v: ("%.3g" % v if v < 1 else "%g" % v)
        if self.ratio is not None:
            return "<= %s x %s" % (number(self.ratio), self.short_ref())
        if self.diff is not None:
            return "<= %s ns over %s" % (number(self.diff), self.short_ref())
        if self.below is not None:
            return "< %s" % number(self.below)
        if self.limit is not None:
            return "<= %s %s" % (number(self.limit), short_unit(self.unit))
        return ""

    def short_ref(self):
        names = {JUMP: "jump", DRAM: "DRAM load", TGKILL: "tgkill"}
        return self.label or names.get(self.beside) or \
            re.sub(r"^\w+/", "", self.beside).replace("/many", "").replace("/one", "")

    def reached(self):
        """True, False, or None when there is no target or no value."""
        if not self.values:
            return None
        if self.ratio is not None:
            return statistics.median(self.ratios) <= self.ratio if self.ratios else None
        if self.diff is not None:
            return statistics.median(self.diffs) <= self.diff if self.diffs else None
        if self.below is not None:
            return statistics.median(self.values) < self.below
        if self.limit is not None:
            return statistics.median(self.values) <= self.limit
        return None

    def wanted(self):
        return any(t is not None for t in (self.ratio, self.diff, self.below, self.limit))

    def cells(self):
        ranked = ["%s %s" % (p, show(v)) for p, v in sorted(self.others.items(), key=lambda o: o[1])]
        beside, others = "".join(ranked[:1]), ", ".join(ranked[1:])
        if not self.values:
            return [self.figure, self.target(), "-", "-", "-", beside, "", "no value" if self.wanted() else "", others]
        v = [show(f(self.values)) for f in (statistics.median, min, max)]
        v[0] += " " + short_unit(self.unit)
        if self.refs and not beside:
            beside = "%s %s" % (self.short_ref(), show(statistics.median(self.refs)))
        ratio = ""
        if self.diff is not None and self.diffs:
            ratio = "%+.2f ns" % statistics.median(self.diffs)
        elif self.ratios:
            ratio = "%.3g x" % statistics.median(self.ratios)
            if self.ratio is not None and abs(self.ratio - 1) < 0.1:
                ratio = "%.3f x" % statistics.median(self.ratios)
        r = self.reached()
        return [self.figure, self.target()] + v + [beside, ratio, "" if r is None else "yes" if r else "NOT REACHED", others]

    def json(self):
        f = lambda l: {"median": statistics.median(l), "min": min(l), "max": max(l), "samples": len(l)} if l else None
        return {"figure": self.figure, "benchmark": self.name, "unit": self.unit, "target": self.target(),
                "value": f(self.values), "beside": self.beside, "reference": f(self.refs), "ratio": f(self.ratios),
                "peers": self.others, "difference": f(self.diffs), "reached": self.reached(), "where": self.where}


def short_unit(unit):
    return {"ns/op": "ns", "p99-ns": "ns", "p99-clean-ns": "ns", "max-ns": "ns", "B/goroutine": "B", "x-ideal": "x", "vmas": "",
            "%-cost": "%", "signals": "", "peak-B": "B"}.get(unit, unit)


def show(v):
    return "%.0f" % v if abs(v) >= 1000 else "%.3g" % v


def medians(samples, name, unit):
    """Returns the median of each pass."""
    passes = {}
    for (p, _), v in samples.get(name, []):
        if unit in v:
            passes.setdefault(p, []).append(v[unit])
    return {p: statistics.median(l) for p, l in passes.items()}


def rows():
    r = []
    for site, text in (("many", "16 sites"), ("one", "one site")):
        s = "/" + site
        r += [
            Row("switch", "bare switch, inlined, " + text, "Switch/thrum-inline" + s, beside=JUMP, ratio=1.3),
            Row("switch", "  the same", "Switch/thrum-inline" + s, beside="Switch/fcontext" + s, ratio=0.5),
            Row("switch", "bare switch, called, " + text, "Switch/thrum-call" + s, beside="Switch/fcontext" + s, ratio=0.9),
            Row("switch", "  System V ABI, " + text, "Switch/thrum-sysv" + s, beside="Switch/fcontext" + s),
        ]
    r += [
        Row("switch", "  swapcontext", "Switch/ucontext/many", beside="Switch/fcontext/many"),
        Row("switch", "  jump that changes rsp, too", "Switch/probe-jump-sp", beside=JUMP),
        Row("switch", "  one jump, 16 targets", "Switch/probe-jump-shared", beside=JUMP),
        Row("switch", "  sched_yield, two threads", "Switch/thread-sched_yield", beside="Switch/thrum-inline/many", label="thrum"),
        Row("switch", "  futex hand-off, one CPU", "Switch/thread-futex-same", beside="Switch/thrum-inline/many", label="thrum"),
        Row("switch", "  futex hand-off, two CPUs", "Switch/thread-futex-cross", beside="Switch/thrum-inline/many", label="thrum"),
    ]
    for kb in ("4KB", "32KB", "256KB"):
        r.append(Row("switch", "  switch and touch " + kb, "SwitchTouch/thrum-inline/" + kb, beside="SwitchTouch/none/" + kb))
        r.append(Row("switch", "  futex and touch " + kb, "SwitchTouch/thread-futex-same/" + kb, beside="SwitchTouch/none/" + kb))
    r += [
        Row("yield", "thrum_yield, 2 goroutines, 1 P", "Yield/2", limit=10, also="sched"),
        Row("yield", "  Go's Gosched", "Yield/go-2", beside="Yield/2", label="thrum", also="sched"),
        Row("yield", "  among 1,000, random", "Yield/1000-rand", beside=DRAM),
        Row("yield", "  the same, 16 call sites", "Yield/1000-sites", beside=DRAM),
        Row("yield", "  Go, 1,000", "Yield/go-1000", beside="Yield/1000-rand", label="thrum"),
        Row("yield", "  among 100,000, random", "Yield/100000-rand", beside=DRAM),
        Row("yield", "  Go, 100,000", "Yield/go-100000", beside="Yield/100000-rand", label="thrum"),
        Row("yield", "yield among 1,000,000, random", "Yield/1000000-rand", beside=DRAM, ratio=0.5),
        Row("yield", "  memory order", "Yield/1000000-seq", beside=DRAM),
        Row("yield", "  DRAM load, 4 KB pages", "Yield/probe-dram-4k", beside=DRAM),
        Row("spawn", "spawn + run + exit, in batches", "Spawn/batch", limit=30, also="sched"),
        Row("spawn", "  one by one, a yield each", "Spawn/one", limit=30, also="sched"),
        Row("spawn", "  with a wait group", "Spawn/wg", beside="Spawn/batch", also="sched"),
        Row("spawn", "  Go, in batches", "Spawn/go-batch", beside="Spawn/batch", label="thrum", also="sched"),
        Row("spawn", "  Go, one by one", "Spawn/go-one", beside="Spawn/one", label="thrum", also="sched"),
        Row("sched", "10,000 started and waited for, 2 Ps", "Sched/fan", beside="Sched/go-fan", ratio=0.25, label="Go"),
        Row("sched", "skynet, 1,111,111 goroutines, 2 Ps", "Sched/skynet", beside="Sched/go-skynet", ratio=0.2, label="Go"),
        Row("sched", "  Go, channels", "Sched/go-skynet-chan", beside="Sched/skynet", label="thrum"),
        Row("sched", "  Go, wait groups", "Sched/go-skynet-wg", beside="Sched/skynet", label="thrum"),
        Row("sched", "2,000 x 50 us on 2 Ps, of the ideal", "Sched/even", unit="x-ideal", limit=1.1),
        Row("sched", "  Go", "Sched/go-even", unit="x-ideal"),
        Row("sched", "wake, the other P looks for work", "Sched/wake", beside="Sched/line", ratio=4, label="a line's way"),
        Row("sched", "  Go", "Sched/go-wake", beside="Sched/wake", label="thrum"),
        Row("sched", "  99 of 100 within", "Sched/wake", unit="p99-ns"),
        Row("sched", "  the other P sleeps", "Sched/wake-idle", beside="Sched/line", label="a line's way"),
        Row("sched", "  Go, the other P sleeps", "Sched/go-wake-idle", beside="Sched/wake-idle", label="thrum"),
        Row("sched", "  park and ready by turns, 1 P", "Sched/handover-1", beside="Yield/2", label="yield"),
        Row("sched", "  Go, a channel", "Sched/go-handover-1", beside="Sched/handover-1", label="thrum"),
        Row("sched", "  park and ready by turns, 2 Ps", "Sched/handover-2", beside="Sched/line", label="a line's way"),
        Row("sched", "  Go, a channel", "Sched/go-handover-2", beside="Sched/handover-2", label="thrum"),
        Row("timer", "start + stop of a timer, none armed", "Timer/live-0", beside="Timer/go-live-0", label="Go"),
        Row("timer", "  100,000 armed", "Timer/live-100000", beside="Timer/go-live-100000", ratio=0.1, label="Go"),
        Row("timer", "  1,000,000 armed", "Timer/live-1000000", beside="Timer/live-100000", ratio=1.1, label="100,000"),
        Row("timer", "  Go, 1,000,000 armed", "Timer/go-live-1000000", beside="Timer/live-1000000", label="thrum"),
        Row("timer", "  the same timer, 100,000 armed", "Timer/reset", beside="Timer/go-reset", label="Go"),
        Row("timer", "thrum_now", "Timer/clock", beside="Timer/go-clock", label="Go"),
        Row("timer", "many sleep, 100,000 wake in a second: late", "Sleepers/many", beside="Sleepers/go-many", label="Go"),
        Row("timer", "  99 of 100 within", "Sleepers/many", unit="p99-ns", limit=200000, beside="Sleepers/go-many", label="Go"),
        Row("timer", "one sleeps for 1 ms: late", "Sleepers/one", beside="Sleepers/go-one", label="Go"),
        Row("timer", "  99 of 100 within", "Sleepers/one", unit="p99-ns", beside="Sleepers/go-one", label="Go"),
        Row("timer", "one sleeps for 5 us: late", "Sleepers/short", beside="Sleepers/go-short", label="Go"),
        Row("sched", "all Ms block: others go on after", "Sched/blocked", limit=100000, beside="Sched/go-blocked", label="Go"),
        Row("sched", "  at most", "Sched/blocked", unit="max-ns", beside="Sched/go-blocked", label="Go"),
        Row("panic", "a deferred call", "Panic/defer", beside="Panic/call", label="a plain call"),
        Row("panic", "  Go's defer", "Panic/go-defer", beside="Panic/defer", label="thrum"),
        Row("panic", "  one that may recover", "Panic/recover", beside="Panic/defer", label="plain"),
        Row("panic", "  a THRUM_TRY", "Panic/try", beside="Panic/defer", label="plain"),
        Row("panic", "panic and recover", "Panic/depth-1", beside="Panic/go-depth-1", label="Go"),
        Row("panic", "  100 calls up", "Panic/depth-100", beside="Panic/go-depth-100", label="Go"),
        Row("panic", "  100 deferred calls", "Panic/defers-100", beside="Panic/go-defers-100", label="Go"),
        Row("chan", "unbuffered, one way, 1 P", "Chan/unbuffered-1", limit=20, beside="Chan/go-unbuffered-1", ratio=0.1, label="Go"),
        Row("chan", "  2 Ps", "Chan/unbuffered-2", beside="Chan/go-unbuffered-2", label="Go"),
        Row("chan", "buffered 128, per message, 1 P", "Chan/buffered-1", beside="Chan/go-buffered-1", ratio=0.15, label="Go"),
        Row("chan", "buffered 128, per message, 2 Ps", "Chan/buffered-2", beside="Chan/go-buffered-2", ratio=0.25, label="Go"),
        Row("chan", "  within one goroutine, 1 P", "Chan/local-1", beside="Chan/go-local-1", label="Go"),
        Row("chan", "  within one goroutine, 2 Ps", "Chan/local-2", beside="Chan/go-local-2", label="Go"),
        Row("chan", "  allocations per message", "Chan/unbuffered-1", unit="allocs/op", limit=0),
        Row("chan", "select, 2 channels ready", "Chan/select2-1", beside="Chan/go-select2-1", ratio=0.25, label="Go"),
        Row("chan", "select, 64 channels ready", "Chan/select64-1", beside="Chan/go-select64-1", ratio=0.25, label="Go"),
        Row("chan", "select that waits on 64, 1 P", "Chan/select64-wait-1", beside="Chan/go-select64-wait-1", ratio=0.25, label="Go"),
        Row("chan", "  2 Ps", "Chan/select64-wait-2", beside="Chan/go-select64-wait-2", label="Go"),
        Row("chan", "  an attempt that fails", "Chan/try-1", beside="Chan/go-try-1", label="Go"),
        Row("chan", "ring of 1,000, per hop, 1 P", "Chan/ring-1", beside="Chan/go-ring-1", label="Go"),
        Row("chan", "  2 Ps", "Chan/ring-2", beside="Chan/go-ring-2", label="Go"),
        Row("chan", "500 primes by a sieve, 1 P", "Chan/sieve-1", beside="Chan/go-sieve-1", label="Go"),
        Row("chan", "  2 Ps", "Chan/sieve-2", beside="Chan/go-sieve-2", label="Go"),
        Row("chan", "100 send to 100, per message, 2 Ps", "Chan/many-2", beside="Chan/go-many-2", label="Go"),
        Row("sync", "mutex, lock and unlock", "Sync/mutex", beside="Sync/go-mutex", ratio=1, label="Go"),
        Row("sync", "  pthread_mutex_t", "Sync/pthread-mutex", beside="Sync/mutex", label="thrum"),
        Row("sync", "mutex wanted by 100, 2 Ps", "Sync/mutex-100", beside="Sync/go-mutex-100", ratio=0.5, label="Go"),
        Row("sync", "  some 100 ns of work between", "Sync/mutex-100-work", beside="Sync/go-mutex-100-work", label="Go"),
        Row("sync", "  pthread_mutex_t, 100 threads", "Sync/pthread-100", beside="Sync/mutex-100", label="thrum"),
        Row("sync", "rwmutex, read lock and unlock", "Sync/rmutex", beside="Sync/go-rmutex", label="Go"),
        Row("sync", "  read by 100, 1/1000 writes, 2 Ps", "Sync/rwmutex-read", beside="Sync/go-rwmutex-read", label="Go"),
        Row("sync", "semaphore, acquire and release", "Sync/sema"),
        Row("sync", "once, done", "Sync/once", beside="Sync/go-once", label="Go"),
        Row("sync", "pool, get and put", "Sync/pool", beside="Sync/go-pool", label="Go"),
        Row("sync", "condition, signal and switch, 1 P", "Sync/cond", beside="Sync/go-cond", label="Go"),
        Row("sync", "10,000 started and waited for, 2 Ps", "Sync/fan", beside="Sync/go-fan", ratio=0.25, label="Go"),
        Row("preempt", "asked -> switched, tight loop", ASK % "tight", beside=TGKILL, ratio=1.3),
        Row("preempt", "  with loop polls", ASK % "poll", beside=TGKILL, ratio=0.3),
        Row("preempt", "  with loop polls, 99 of 100 within", ASK % "poll", unit="p99-ns", limit=2000),
        Row("preempt", "  without what the kernel did then", ASK % "poll", unit="p99-clean-ns"),
        Row("preempt", "  small functions", ASK % "call", beside=TGKILL, ratio=0.3),
        Row("preempt", "  small functions, 99 of 100 within", ASK % "call", unit="p99-ns", limit=2000),
        Row("preempt", "  without what the kernel did then", ASK % "call", unit="p99-clean-ns"),
        Row("preempt", "  vectors", ASK % "vector", beside=TGKILL),
        Row("preempt", "  copies of 1 MB and 4 KB", ASK % "memcpy", beside=TGKILL),
        Row("preempt", "  some of everything, the other runs", "Preempt/ask/mixed/1/other-runs", beside=TGKILL),
        Row("preempt", "  libc only, the other runs", "Preempt/ask/foreign/1/other-runs", beside=TGKILL),
        Row("preempt", "  a store, seen by the other processor", "Preempt/probe-flag", beside=TGKILL),
        Row("preempt", "1 P, spinner, quantum 100 us: a sleeper", LATE % 1, unit="p99-ns", limit=250000, beside="Preempt/probe-nap",
            label="plain sleep"),
        Row("preempt", "  is late, p99; of Go's", LATE % 1, unit="p99-ns", beside="Preempt/go-sleep/1", ratio=1 / 75, label="Go"),
        Row("preempt", "  without what the kernel did then", LATE % 1, unit="p99-clean-ns"),
        Row("preempt", "  the median", LATE % 1, beside="Preempt/go-sleep/1", label="Go"),
        Row("preempt", "  the spinner loses", "Preempt/sleep/tight/1/100us/cost", unit="%-cost", limit=1),
        Row("preempt", "  Go's loses", "Preempt/go-sleep/1", unit="%-cost"),
        Row("preempt", "  2 Ps, 2 spinners: late, p99", LATE % 2, unit="p99-ns", beside="Preempt/go-sleep/2", label="Go"),
        Row("preempt", "nobody waits, quantum 20 us: cost", "Preempt/armed/tight/1/cost", unit="%-cost", limit=0.1),
        Row("preempt", "  signals", "Preempt/armed/tight/1/cost", unit="signals", limit=0),
    ]
    for q in ("10ms", "1ms", "100us", "50us"):
        r.append(Row("preempt", "  turns of %s beside a waiter: cost" % q, "Preempt/wait/tight/1/%s/cost" % q, unit="%-cost"))
    r += [
        Row("grow", "fresh goroutine to 28 KB", "Grow/28KB", limit=3000, beside="Grow/28KB-deep"),
        Row("grow", "  start size learned", "Grow/28KB-learned", beside="Grow/28KB-deep"),
        Row("grow", "  Go", "Grow/go-28KB", beside="Grow/28KB", label="thrum"),
    ]
    for i in range(10):
        n = str(2048 << i)
        r.append(Row("grow", "doubling of %d KB" % (2 << i), "Grow/double/" + n, beside="Grow/memcpy/" + n, ratio=3,
                     case="Grow/double", label="memcpy"))
    r += [
        Row("boundary", "call loop astride a boundary", "Boundary/astride", beside="Boundary/big", ratio=1.02, label="big stack"),
        Row("boundary", "  in a pinned frame", "Boundary/pinned", beside="Boundary/pinned-big", ratio=1.02, label="big stack"),
        Row("memory", "parked goroutine, of 1 M", "Memory/parked", unit="B/goroutine", limit=2600),
        Row("memory", "  after freezing", "Memory/frozen", unit="B/goroutine", limit=500),
        Row("memory", "  mappings, parked", "Memory/parked", unit="vmas", below=100),
        Row("memory", "  mappings, frozen", "Memory/frozen", unit="vmas", below=100),
        Row("memory", "  time to freeze", "Memory/frozen"),
        Row("memory", "  time to wake and thaw", "Memory/thawed", beside="Memory/ended"),
        Row("memory", "  Go, parked", "Memory/go-parked", unit="B/goroutine", beside="Memory/parked", label="thrum"),
        Row("foreign", "foreign call, empty function", "Foreign/call/empty", beside="Foreign/plain/empty", diff=6, label="a plain call",
            also="sched"),
        Row("foreign", "  six arguments", "Foreign/call/six", beside="Foreign/plain/six"),
        Row("foreign", "  ten arguments", "Foreign/call/ten", beside="Foreign/plain/ten"),
        Row("foreign", "  callback, both crossings", "Foreign/callback", beside="Foreign/plain/empty"),
        Row("foreign", "  callback alone", "Foreign/callbacks", beside="Foreign/plain/empty"),
        Row("foreign", "  cgo call", "Foreign/go-cgo", beside="Foreign/call/empty", label="thrum", also="sched"),
    ]

    def alloc(text, name, ratio, peak=False):
        best = dict(peers=ALLOCATORS, label="best peer")
        yield Row("alloc", text, "Alloc/" + name, ratio=ratio, **best)
        if peak:
            yield Row("alloc", "  memory at the peak", "Alloc/" + name, unit="peak-B", ratio=1.1, beside="Alloc/%s/mimalloc" % name,
                      label="mimalloc")

    for size in ("16", "64"):
        new, go = "Alloc/new/" + size, "Alloc/new/go-" + size
        r += [
            Row("alloc", "thrum_new, %s B" % size, new, beside="Alloc/new/bump-" + size, ratio=2.5, label="bump"),
            Row("alloc", "  of Go's, not collecting", new, beside=go, ratio=0.2, label="Go"),
            Row("alloc", "  of Go's, collecting", new, beside=go.replace("go", "go-gc"), label="Go"),
            Row("alloc", "  of calloc's", new, peers=ALLOCATORS, label="best peer"),
        ]
    for size in (16, 32, 64, 128, 256):
        r += alloc("malloc and free, %d B" % size, "pair/%d" % size, 0.6)
    r.append(Row("alloc", "  a bare free list", "Alloc/pair/freelist", beside="Alloc/pair/16", label="16 B"))
    r += alloc("100,000 of 8 to 256 B, freed in order", "batch/order", 1, True)
    r += alloc("100,000 of 8 to 256 B, freed at random", "batch/random", 1, True)
    r += alloc("10,000 of 8 B to 32 KB, replaced at random", "random", 1, True)
    r += alloc("one allocates, the other frees, 2 Ps", "handoff", 0.6)
    for name, text in TRACES.items():
        r += alloc("%s: %s, 2 Ps" % (name, text), name, 1, name not in ("thrash", "scratch"))
    r += alloc("1 MB, malloc and free", "large", 1)
    r += alloc("1 MB, calloc, all pages used, free", "calloc", 1)
    return r


class Report:
    def __init__(self, host, samples, skipped, remarks, errors, groups):
        self.host, self.samples, self.skipped = host, samples, sorted(set(skipped))
        self.remarks, self.errors, self.groups = remarks, errors, groups
        self.rows = [r for r in rows() if r.group in groups or r.also in groups]
        # Go's faster way through the tree
        mid = lambda name: self.spread(name)[0]
        ways = [n for n in ("Sched/go-skynet-chan", "Sched/go-skynet-wg") if self.spread(n)]
        self.skynet = min(ways, key=mid) if ways else None
        best = {"Sched/go-skynet": samples[self.skynet]} if ways else {}
        for r in self.rows:
            r.take(dict(samples, **best))
        if "alloc" in groups:
            self.traces()
        if "kernels" in groups:
            self.kernels()

    def traces(self):
        """Adds the median over the traces of the ratios to the best peer, pass by pass."""
        some = [r for r in self.rows if r.peers and r.name[len("Alloc/"):] in TRACES]
        row = Row("alloc", "median of the %d traces, to the best peer" % len(some), "Alloc", unit="x", limit=0.85)
        passes = set.intersection(*(set(r.by_key) for r in some))
        row.values = [statistics.median(r.by_key[p] for r in some) for p in sorted(passes)]
        if passes:
            row.case = max(some, key=lambda r: statistics.median(r.ratios)).case
        self.rows.append(row)

    def kernels(self):
        """Adds the geometric mean and a row per kernel. The two builds run next to each
        other: a ratio is that of the medians of one pass."""
        names = sorted({n.split("/")[1] for n in self.samples if n.startswith("Kernel/")})
        mean, each, by_pass = Row("kernels", "thrumcc against clang -O2", "Kernel", unit="x", limit=1.03), [], {}
        for k in names:
            row = Row("kernels", "  " + k, "Kernel/%s/thrumcc" % k, beside="Kernel/%s/clang" % k, label="clang")
            row.take(self.samples)
            mine, clangs = (medians(self.samples, which, "ns/op") for which in (row.name, row.beside))
            both = [p for p in mine if p in clangs]
            row.ratios = [mine[p] / clangs[p] for p in both]
            for p in both:
                by_pass.setdefault(p, []).append(mine[p] / clangs[p])
            each.append(row)
        whole = [r for r in each if r.ratios]
        if whole:
            mean.values = [statistics.geometric_mean(l) for l in by_pass.values() if len(l) == len(whole)]
            mean.figure += ", %d kernels" % len(whole)
            worst = max(whole, key=lambda r: statistics.median(r.ratios))
            mean.case, mean.program = "", worst.name.replace("Kernel/", "kernels/")
        self.rows += [mean] + each

    def profile_missed(self, programs, say):
        """For each figure that is not reached: the functions with most of the time."""
        missed = [r for r in self.rows if r.reached() is False]
        if not missed:
            return
        if not shutil.which("perf"):
            self.remarks.append("perf is not installed: no word on where the time of missed figures goes")
            return
        seen = {}
        for r in missed:
            prog = getattr(r, "program", r.group)
            if prog not in programs or r.group in ("memory", "preempt"):
                continue
            if (prog, r.case) not in seen:
                say("profiling %s %s" % (prog, r.case))
                seen[prog, r.case] = hot(*programs[prog], r.case)
            r.where = seen[prog, r.case]

    def text(self):
        h, out = self.host, []
        out.append("thrum benchmarks, %s, commit %s" % (h["date"], h["commit"]))
        out.append("%s, %d processors%s, %s, kernel %s" % (
            h["cpu"], h["cpus"], " (virtual)" if h["virtual"] == "yes" else "", h["system"], h["kernel"]))
        out.append("%s, %d MB, huge pages %s" % (h["cpu_ids"], h["memory_mb"], h["transparent_hugepages"]))
        out.append("%s; %s; %s" % (h["clang"], h["gcc"], h["go"]))
        out.append("load average %s before, %s after, %s s; ns are processor time, on two Ps wall time" % (
            h["load_before"], h["load_after"], h["seconds"]))
        out += ["note: " + t for t in self.remarks] + ["skipped: " + t for t in self.skipped]
        out.append("")
        head = ["figure", "target", "median", "min", "max", "beside", "ratio", "reached", ""]
        cells = [r.cells() for r in self.rows if r.values or r.wanted()]
        width = [max(len(c[i]) for c in cells + [head]) for i in range(len(head))]
        for c in [head, ["-" * w for w in width]] + cells:
            out.append("  ".join(x.rjust(w) if i in (2, 3, 4, 6) else x.ljust(w)
                                 for i, (x, w) in enumerate(zip(c, width))).rstrip())
        missed = [r for r in self.rows if r.reached() is False]
        done = [r for r in self.rows if r.reached()]
        none = [r for r in self.rows if r.wanted() and r.reached() is None]
        out += ["", "%d figures reached, %d not reached, %d without a value" % (len(done), len(missed), len(none))]
        by_where = {}
        for r in missed:
            if r.where:
                by_where.setdefault(", ".join(r.where), []).append(r)
        for where, some in by_where.items():
            out.append("  %s: time goes to %s" % (some[0].case or some[0].figure, where))
        out += ["FAILED " + e for e in self.errors]
        return "\n".join(out)

    def write(self, folder, text, lines, say):
        os.makedirs(folder, exist_ok=True)
        put = lambda name, s: open(os.path.join(folder, name), "w").write(s)
        put("report.txt", text + "\n")
        put("bench.txt", "goos: linux\ngoarch: amd64\npkg: thrum\ncpu: %s\ncommit: %s\n%s\n" % (
            self.host["cpu"], self.host["commit"], "\n".join(lines)))
        put("report.json", json.dumps({
            "host": self.host, "figures": [r.json() for r in self.rows], "skipped": self.skipped,
            "remarks": self.remarks, "errors": self.errors,
            "samples": {n: [dict(v, **{"pass": k[0], "round": k[1]}) for k, v in l] for n, l in self.samples.items()},
        }, indent=1) + "\n")
        if shutil.which("gnuplot"):
            self.pictures(folder, say)
        else:
            say("no pictures: gnuplot is not installed (package gnuplot-nox)")
        say("written: %s" % ", ".join(sorted(os.path.join(os.path.relpath(folder), f) for f in os.listdir(folder)
                                              if not f.endswith(".data"))))

    def spread(self, name, unit="ns/op"):
        v = [s[unit] for _, s in self.samples.get(name, []) if unit in s]
        return (statistics.median(v), min(v), max(v)) if v else None

    def pictures(self, folder, say):
        bars = []
        for text, name in (("indirect jump", JUMP), ("jump + rsp", "Switch/probe-jump-sp"),
                           ("thrum, inlined", "Switch/thrum-inline/many"), ("thrum, called", "Switch/thrum-call/many"),
                           ("thrum, System V", "Switch/thrum-sysv/many"), ("fcontext", "Switch/fcontext/many"),
                           ("thrum\\\\_yield", "Yield/2"), ("Go Gosched", "Yield/go-2"),
                           ("ucontext", "Switch/ucontext/many"), ("sched\\\\_yield", "Switch/thread-sched_yield"),
                           ("futex hand-off", "Switch/thread-futex-same")):
            s = self.spread(name)
            if s:
                bars.append('"%s" %g %g %g' % ((text,) + s))
        common = ('set terminal pngcairo size 1000,560 font "sans,11"\nset output "%s"\nset grid y lc rgb "#dddddd"\n'
                  'set border 3\nset tics nomirror\n')
        if bars:
            plot(folder, common % "switch.png" + """
set title "What a switch costs (median; lines: smallest and largest)"
set ylabel "ns, logarithmic"
set logscale y
set yrange [0.1:*]
set style fill solid 0.8
set boxwidth 0.6
set xtics rotate by -30
unset key
$d << EOD
%s
EOD
plot $d using 0:2:xtic(1) with boxes lc rgb "#4477aa", \\
     $d using 0:2:3:4 with yerrorbars pt 0 lc rgb "#222222", \\
     $d using 0:($4*1.3):(sprintf($2 < 100 ? "%%.3g" : "%%.0f", $2)) with labels font "sans,9"
""" % "\n".join(bars), say)
        series = []
        for text, prefix, suffix in (("thrum, random order", "Yield/", "-rand"), ("thrum, memory order", "Yield/", "-seq"),
                                     ("Go, random order", "Yield/go-", "")):
            points = []
            for n in (2, 1000, 100000, 1000000):
                s = self.spread("Yield/2" if n == 2 and "go" not in prefix else prefix + str(n) + suffix)
                if s:
                    points.append("%d %g %g %g" % ((n,) + s))
            if points:
                series.append((text, points))
        if series:
            data = "".join("$s%d << EOD\n%s\nEOD\n" % (i, "\n".join(p)) for i, (_, p) in enumerate(series))
            lines = ["$s%d using 1:2:3:4 with yerrorlines lw 2 pt 7 title \"%s\"" % (i, t) for i, (t, _) in enumerate(series)]
            for name, text in ((DRAM, "dependent DRAM load"), ("Yield/probe-dram-4k", "the same, 4 KB pages")):
                s = self.spread(name)
                if s:
                    lines.append('%g with lines dt 2 lw 2 title "%s"' % (s[0], text))
            plot(folder, common % "yield.png" + data + """
set title "One yield, by the number of goroutines that take turns"
set xlabel "goroutines"
set ylabel "ns, logarithmic"
set logscale xy
set xrange [1.5:2000000]
set key left top
plot %s
""" % ", ".join(lines), say)
        pairs = []
        for text, mine, go in (("yield, 1 P", "Yield/2", "Yield/go-2"), ("spawn, 1 P", "Spawn/batch", "Spawn/go-batch"),
                               ("spawn and wait", "Sched/fan", "Sched/go-fan"),
                               ("skynet", "Sched/skynet", self.skynet),
                               ("park, ready, 1 P", "Sched/handover-1", "Sched/go-handover-1"),
                               ("park, ready", "Sched/handover-2", "Sched/go-handover-2"),
                               ("a cache line", "Sched/line", None), ("wake", "Sched/wake", "Sched/go-wake"),
                               ("wake from sleep", "Sched/wake-idle", "Sched/go-wake-idle"),
                               ("all Ms blocked", "Sched/blocked", "Sched/go-blocked")):
            both = [self.spread(n) if n else None for n in (mine, go)]
            if any(both):
                pairs.append('"%s" %s' % (text, " ".join("%g %g %g" % b if b else "NaN NaN NaN" for b in both)))
        if self.spread("Sched/fan"):
            plot(folder, common % "sched.png" + """
set title "The scheduler on two Ps (median; lines: smallest and largest)"
set ylabel "ns, logarithmic"
set logscale y
set yrange [1:*]
set style fill solid 0.8
set boxwidth 0.36
set xtics rotate by -30
set key left top
$d << EOD
%s
EOD
plot $d using ($0-0.19):2:xtic(1) with boxes lc rgb "#4477aa" title "thrum", \\
     $d using ($0+0.19):5 with boxes lc rgb "#ccbb44" title "Go", \\
     $d using ($0-0.19):2:3:4 with yerrorbars pt 0 lc rgb "#222222" notitle, \\
     $d using ($0+0.19):5:6:7 with yerrorbars pt 0 lc rgb "#222222" notitle, \\
     $d using ($0-0.19):($4*1.3):(sprintf($2 < 100 ? "%%.3g" : "%%.0f", $2)) with labels font "sans,8" notitle, \\
     $d using ($0+0.19):($7*1.3):(sprintf($5 < 100 ? "%%.3g" : "%%.0f", $5)) with labels font "sans,8" notitle
""" % "\n".join(pairs), say)
        bars = ['"%s" %g' % (r.figure.strip(), statistics.median(r.ratios)) for r in self.rows
                if r.group == "kernels" and r.ratios]
        if bars:
            plot(folder, common % "kernels.png" + """
set title "thrumcc -O2 against clang-19 -O2: time, clang = 1"
set style fill solid 0.8
set boxwidth 0.6
set yrange [0.8:*]
unset key
set xtics rotate by -30
$d << EOD
%s
EOD
plot $d using 0:2:xtic(1) with boxes lc rgb "#4477aa", 1 lc rgb "#bb5566" lw 2, 1.03 lc rgb "#bb5566" dt 2
""" % "\n".join(bars), say)


def plot(folder, script, say):
    r = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True, cwd=folder)
    if r.returncode != 0:
        say("gnuplot: " + r.stderr.strip())


def hot(exe, env, pin, case):
    """Profiles one case and returns its hottest functions, "name 42 %"."""
    data = exe + ".perf"
    env = dict(env, BENCH_ROUNDS="10" if case.startswith(("Sched/", "Alloc/")) else "60")
    try:
        r = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "5000", "-o", data, exe, case],
                           env=env, preexec_fn=pin, capture_output=True, text=True, timeout=60)
        if r.returncode != 0:
            return []
        out = subprocess.run(["perf", "report", "-i", data, "--stdio", "-q", "-F", "overhead,sym"],
                             capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.TimeoutExpired):
        return []
    finally:
        if os.path.exists(data):
            os.unlink(data)
    found = re.findall(r"^\s*([\d.]+)%\s+\[(.)\]\s+(\S+)", out, re.M)
    return ["%s%s %.0f %%" % (sym, " (kernel)" if k == "k" else "", float(pct)) for pct, k, sym in found[:6] if float(pct) >= 1]
