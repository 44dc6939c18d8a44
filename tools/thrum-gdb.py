# SPDX-License-Identifier: MIT
"""thrum-gdb.py - goroutines in gdb.

    (gdb) source tools/thrum-gdb.py          (installed: share/thrum/thrum-gdb.py)

    info goroutines           number, status, reason and age of the wait, the m (its number/thread
                              id) that runs it or that it is locked to, its creator, entry
                              function, place
    goroutine N bt            the frames of goroutine N
    goroutine all bt          the frames of all of them
    goroutine N COMMAND       any command with the registers of a goroutine that does not run
                              (up, info locals, ...); only in a live process
    $g                        the goroutine of the selected thread at its last stop, 0 without one
    $goroutine(N)             goroutine N, as a pointer: print $goroutine(3)->copies

A goroutine that runs, or is in a foreign call, has its frames on a thread, with a p or without:
there bt is gdb's own. The thread is found by fs:0x60 of the threads and by m.curg of the ms,
because a thread in the scheduler has g0. The others are read from memory alone, so core files are
as good as live processes. Nothing points into a goroutine's stack but its frame pointers, and every
frame has one: a backtrace is a walk along saved rbp values. There are five special cases:

  - The stack of a frozen goroutine is a block at another place, and its frame pointers still name
    the old place. Addresses are moved by the distance.
  - A frame that returns to segreturn ends a linked segment. The chain continues below.
  - A frame that returns into `callback` was called by foreign code. The chain continues with the
    frame that made the foreign call.
  - A goroutine that gave way in a loop (its pc is pollresume) begins with the return address of the
    loop check.
  - A goroutine that gave way in a prologue (its pc is preemptresume) has no frame yet for the
    function that wants to run. The stack begins with the return addresses of its stack check and of
    itself.

Structs and enums come from the runtime's debug information, by name.
"""

import re
import time

import gdb

WORD = 8
LIMIT = 200  # frames shown


class Missing(Exception):
    """The runtime, or its debug information, is missing; the text says which."""


# ---- what is in the runtime ----------------------------------------------------------

def runtime(name):
    """A variable of the runtime, even if the program has one of the same name."""
    for where in ("'core/sched/proc.c'::", "'proc.c'::", ""):
        try:
            return gdb.parse_and_eval(where + name)
        except gdb.error:
            pass
    raise Missing("no variable '%s': this is no program of thrum, or it has no debug information" % name)


def address(symbol):
    try:
        return int(gdb.parse_and_eval("(unsigned long)&%s" % symbol))
    except gdb.error:
        return 0


def enumerator(kind, value, prefix):
    """The name of an enum's value, as words: WaitGroup is "wait group" less its prefix."""
    for f in gdb.lookup_type("enum " + kind).fields():
        if f.enumval == int(value):
            name = f.name[len(prefix):] if f.name.startswith(prefix) else f.name
            return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return "%d?" % int(value)


def enumvalue(kind, name):
    for f in gdb.lookup_type("enum " + kind).fields():
        if f.name == name:
            return f.enumval
    raise Missing("enum %s has no %s" % (kind, name))


def status(g):
    return int(g["status"]) & ~enumvalue("gstatus", "Gscan")


def waits(g):
    return status(g) == enumvalue("gstatus", "Gwaiting")


def incall(g):
    m = g["m"]
    return status(g) == enumvalue("gstatus", "Gsyscall") or (
        int(m) != 0 and int(m["curg"]) == int(g.address) and int(m["incall"]) != 0)


def goroutines():
    """All goroutines alive, by number."""
    sched = runtime("sched")
    gone = {enumvalue("gstatus", "Gdead"), enumvalue("gstatus", "Gidle")}
    found = []
    for i in range(int(sched["nallg"])):
        g = sched["allg"][i].dereference()
        if status(g) not in gone:
            found.append(g)
    return sorted(found, key=lambda g: int(g["goid"]))


def find(goid):
    for g in goroutines():
        if int(g["goid"]) == goid:
            return g
    raise gdb.GdbError("no goroutine %d" % goid)


# ---- threads ------------------------------------------------------------------------

def threadg(thread):
    """The goroutine whose registers a thread has: fs:0x60 (include/thrum/abi.h)."""
    before = gdb.selected_thread()
    try:
        thread.switch()
        base = int(gdb.newest_frame().read_register("fs_base"))
        return int.from_bytes(read(base + 0x60, WORD), "little") if base else 0
    except (gdb.error, ValueError):
        return 0
    finally:
        if before is not None and before.is_valid():
            before.switch()


class Threads:
    """The threads that have goroutines' frames, at one stop."""

    def __init__(self):
        self.byg, self.bytid = {}, {}
        for t in gdb.selected_inferior().threads():
            self.bytid[t.ptid[1]] = t
            g = threadg(t)
            if g:
                self.byg[g] = t

    def of(self, g):
        """The thread that has g's frames: it runs g, or g0 on g's behalf."""
        t = self.byg.get(int(g.address))
        if t is not None:
            return t
        m = g["m"]
        if status(g) not in (enumvalue("gstatus", "Grunning"), enumvalue("gstatus", "Gsyscall")) or int(m) == 0 or \
                int(m["curg"]) != int(g.address):
            return None
        return self.bytid.get(int(m["tid"]))


def mof(g):
    """The m that runs g or alone may run it, None when any may."""
    if int(g["lockedm"]):
        return g["lockedm"]
    return g["m"] if status(g) in (enumvalue("gstatus", "Grunning"), enumvalue("gstatus", "Gsyscall")) and int(g["m"]) else None


def symbol(pc):
    """The linker's symbol at pc, and the distance."""
    text = gdb.execute("info symbol 0x%x" % pc, to_string=True)
    m = re.match(r"(\S+)(?: \+ (\d+))? in section", text)
    return (m.group(1), int(m.group(2) or 0)) if m else ("??", 0)


# ---- memory ---------------------------------------------------------------------------

def read(at, n):
    return bytes(gdb.selected_inferior().read_memory(at, n))


class Stack:
    """The stack of a goroutine that does not run, in its place or frozen."""

    def __init__(self, g):
        self.parts = []  # (first address, bytes, where it is now)
        sp = int(g["sched"]["sp"])
        if int(g["frozen"]):
            self.parts.append((sp, int(g["frozenused"]), int(g["stacklo"])))
            return
        self.parts.append((int(g["stacklo"]), int(g["stacksize"]), int(g["stacklo"])))
        s = g["seg"]
        while int(s):
            self.parts.append((int(s["lo"]), int(s["size"]), int(s["lo"])))
            s = s["seg"]

    def word(self, at):
        """The word at an address of the stack, None outside."""
        for lo, size, now in self.parts:
            if at % WORD == 0 and lo <= at <= lo + size - WORD:
                return int.from_bytes(read(now + at - lo, WORD), "little")
        return None


def entrypc(pc):
    """Where the function begins that has pc: a prologue's slow part has an odd line."""
    try:
        block = gdb.block_for_pc(pc)
    except RuntimeError:
        block = None
    while block is not None and block.function is None:
        block = block.superblock
    return block.start if block is not None else pc


def frames(g):
    """The pcs of a goroutine's frames, innermost first; all but the first are return addresses."""
    stack = Stack(g)
    pc, bp = int(g["sched"]["pc"]), int(g["sched"]["bp"])
    first = True
    if incall(g):
        pc, bp = stack.word(bp + WORD), stack.word(bp)
    elif int(g["regs"]) and symbol(pc) == ("preemptresume", 0):
        sp = int(g["sched"]["sp"])
        yield entrypc(stack.word(sp)), True
        first = False
        pc, caller = stack.word(sp + WORD), bp
        if pc is None or symbol(pc)[0] == "gostart":
            return
        if symbol(pc) != ("segreturn", 0):
            yield pc, False
        pc, bp = stack.word(caller + WORD), stack.word(caller)
    elif int(g["regs"]) and symbol(pc) == ("pollresume", 0):
        pc = stack.word(int(g["sched"]["sp"]))
    while pc:
        at, offset = symbol(pc)
        if at == "gostart":
            if first:  # it has not begun
                yield int(g["fn"]), True
            return
        if (at, offset) != ("segreturn", 0):
            yield pc, False
        first = False
        pc, above = stack.word(bp + WORD), stack.word(bp)
        if above is not None and above != 0 and above == bp:
            return
        bp = above


# ---- names ------------------------------------------------------------------------------

def functions(pc):
    """The functions at pc, innermost inlined one first: (name, symtab and line or None)."""
    sal = gdb.find_pc_line(pc)
    place = (sal.symtab.filename, sal.line) if sal.symtab is not None and sal.line else None
    found = []
    try:
        block = gdb.block_for_pc(pc)
    except RuntimeError:
        block = None
    while block is not None and not block.is_static and not block.is_global:
        if block.function is not None:
            found.append((block.function.print_name, place))
            if not block.function.is_valid() or block.function.type is None:
                break
            place = None
        block = block.superblock
    if found:
        return found
    text, _ = symbol(pc)
    if text == "__morestack":  # a call to another stack (arch/x86_64/cfi.inc): the routine's name comes behind it
        text, _ = symbol(pc + 1)
    return [(text, place)]


def name(pc):
    return functions(pc)[-1][0]


def where(place):
    return " at %s:%d" % place if place else ""


def internal(pc):
    sal = gdb.find_pc_line(pc)
    return sal.symtab is not None and re.search(r"(^|/)(core|arch)/\w+/\w+\.(c|asm)$", sal.symtab.filename) is not None


# ---- time ---------------------------------------------------------------------------------

def ticker():
    """A function that reads the time stamp counter, as the runtime does, or None."""
    try:
        import ctypes
        import mmap
        page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(b"\x0f\x31\x48\xc1\xe2\x20\x48\x09\xd0\xc3")  # rdtsc; shl rdx, 32; or rax, rdx; ret
        fn = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
        fn.page = page
        return fn
    except Exception:
        return None


class Clock:
    """Turns waitsince into an age: only while the process lives, on this machine."""

    def __init__(self):
        self.rate = None
        try:
            live = gdb.selected_inferior().connection.type == "native"
        except AttributeError:
            live = False
        read_ticks = ticker() if live else None
        if read_ticks is None:
            return
        try:
            ticks0, ns0 = int(gdb.parse_and_eval("'os.c'::ticks0")), int(gdb.parse_and_eval("'os.c'::ns0"))
        except gdb.error:
            return
        self.now = read_ticks()
        dn = time.clock_gettime_ns(time.CLOCK_MONOTONIC) - ns0
        if self.now > ticks0 and dn > 0:
            self.rate = dn / (self.now - ticks0)

    def age(self, ticks):
        if self.rate is None:
            return "-"
        s = (self.now - int(ticks)) * self.rate / 1e9
        return "%.1f s" % s if s < 600 else "%.0f min" % (s / 60)


# ---- commands -------------------------------------------------------------------------------

def entry(g):
    fn = int(g["fn"])
    return "main" if fn == address("mainstart") else name(fn)


def place(g, threads):
    """The innermost frame that is the program's own."""
    thread = threads.of(g)
    if thread is not None:
        before = gdb.selected_thread()
        thread.switch()
        try:
            pcs, f = [], gdb.newest_frame()
            while f is not None and len(pcs) < LIMIT:
                pcs.append((f.pc(), not pcs))
                f = f.older()
        finally:
            before.switch()
    else:
        pcs = list(frames(g))
    first = None
    for i, (pc, exact) in enumerate(pcs):
        at = pc if exact or i == 0 else pc - 1
        text, line = functions(at)[0]
        first = first or text + where(line)
        if not internal(at) and text != "??":
            return text + where(line)
    return first or "?"


def state(g):
    return "foreign call" if incall(g) else enumerator("gstatus", status(g), "G")


def remarks(g):
    """The rest of its state, in words."""
    found = []
    if waits(g):
        found.append(enumerator("waitreason", g["waitreason"], "Wait"))
    if status(g) == enumvalue("gstatus", "Gsyscall"):
        found.append("no p")
    if int(g["slow"]) & (enumvalue("slow", "SlowLocked") | enumvalue("slow", "SlowCallback")):
        found.append("locked")
    if int(g["frozen"]):
        found.append("frozen")
    if int(g["regs"]):
        found.append({"preemptresume": "gave way", "pollresume": "gave way", "asyncresume": "interrupted"}.get(symbol(int(g["sched"]["pc"]))[0], "came back"))
    return ", ".join(found)


def headline(g):
    m = mof(g)
    more = [t for t in (remarks(g), "m %d" % int(m["id"]) if m is not None else "") if t]
    return "goroutine %d [%s]:" % (int(g["goid"]), ", ".join([state(g)] + more))


def backtrace(g, threads):
    print(headline(g))
    thread = threads.of(g)
    if thread is not None:
        before = gdb.selected_thread()
        thread.switch()
        try:
            print(gdb.execute("bt", to_string=True).rstrip())
        finally:
            before.switch()
    else:
        n = 0
        for i, (pc, exact) in enumerate(frames(g)):
            for text, line in functions(pc if exact or i == 0 else pc - 1):
                print("#%-3d 0x%016x in %s ()%s" % (n, pc, text, where(line)))
                n += 1
            if n >= LIMIT:
                print("(more frames follow)")
                break
    if int(g["gopc"]):
        text, line = functions(int(g["gopc"]) - 1)[0]
        print("created by %s in goroutine %d%s" % (text, int(g["creator"]), where(line)))


def guarded(fn):
    def run(*args):
        try:
            return fn(*args)
        except Missing as why:
            raise gdb.GdbError(str(why))
    return run


class InfoGoroutines(gdb.Command):
    """List goroutines: number, status, reason and age of the wait, m and thread, its creator,
entry function, place.
The one that the selected thread runs has a star."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STATUS)

    @guarded
    def invoke(self, arg, from_tty):
        clock = Clock()
        thread = gdb.selected_thread()
        threads = Threads()
        rows = [("", "Id", "Status", "Wait", "Age", "M/Thread", "By", "Entry", "Place")]
        for g in goroutines():
            m = mof(g)
            rows.append((
                "*" if thread is not None and threads.of(g) == thread else "",
                str(int(g["goid"])),
                state(g),
                remarks(g) or "-",
                clock.age(g["waitsince"]) if waits(g) else "-",
                "%d/%d" % (int(m["id"]), int(m["tid"])) if m is not None else "-",
                str(int(g["creator"]) or "-"),
                entry(g),
                place(g, threads)))
        if len(rows) == 1:
            print("No goroutines.")
            return
        widths = [max(len(r[i]) for r in rows) for i in range(8)]
        for r in rows:
            print(("%-*s " * 8) % tuple(x for pair in zip(widths, r) for x in pair) + r[8])


class Goroutine(gdb.Command):
    """goroutine N bt, goroutine all bt: frames of goroutines.
goroutine N COMMAND: a command with the registers of one that does not run."""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK)

    @guarded
    def invoke(self, arg, from_tty):
        words = arg.split(None, 1)
        if len(words) != 2:
            raise gdb.GdbError("usage: goroutine N|all bt, or: goroutine N COMMAND")
        which, command = words
        if which != "all" and not which.isdigit():
            raise gdb.GdbError("usage: goroutine N|all bt")
        chosen = goroutines() if which == "all" else [find(int(which))]
        threads = Threads()
        for i, g in enumerate(chosen):
            if command in ("bt", "backtrace"):
                if i:
                    print()
                backtrace(g, threads)
            else:
                self.within(g, threads.of(g), command)

    def within(self, g, thread, command):
        if thread is not None:
            before = gdb.selected_thread()
            thread.switch()
            try:
                gdb.execute(command)
            finally:
                before.switch()
            return
        if int(g["frozen"]) or incall(g):
            raise gdb.GdbError("goroutine %d is %s: only bt works" % (int(g["goid"]),
                               "frozen" if int(g["frozen"]) else "in a foreign call"))
        gdb.newest_frame().select()
        saved = {r: int(gdb.parse_and_eval("(unsigned long)$" + r)) for r in ("rsp", "rbp", "rip")}
        try:
            for r, field in (("rsp", "sp"), ("rbp", "bp"), ("rip", "pc")):
                gdb.execute("set $%s = %d" % (r, int(g["sched"][field])))
            gdb.execute(command)
        finally:
            gdb.newest_frame().select()
            for r, v in saved.items():
                gdb.execute("set $%s = %d" % (r, v))


class FindGoroutine(gdb.Function):
    """$goroutine(N): goroutine N as a pointer."""

    def __init__(self):
        super().__init__("goroutine")

    @guarded
    def invoke(self, goid):
        return find(int(goid)).address


def stopped(event):
    try:
        thread = gdb.selected_thread()
        g = threadg(thread) if thread is not None else 0
        gdb.set_convenience_variable("g", gdb.Value(g).cast(gdb.lookup_type("struct thrum_g").pointer()))
    except gdb.error:
        pass


InfoGoroutines()
Goroutine()
FindGoroutine()
gdb.events.stop.connect(stopped)
if gdb.selected_thread() is not None:
    stopped(None)
