# SPDX-License-Identifier: MIT
"""unwind.py - steps through unwind.c instruction by instruction and checks gdb's backtrace.

It checks at every instruction of the assembly, and at the beginning of each C function that the
assembly calls. The backtrace must reach the goroutine's first function. (Or main's callers; in the
scheduler, the call that left the goroutine.) Every caller must stand behind a call, and gdb must
not complain.

While one thread is stepped the others stand still. Their part is done here, at the places that the
program marks (class Marks): with one p all is known then. A thread is about to sleep if its
goroutine has come out of a foreign call without a p, or cannot continue elsewhere. Then all threads
run until one resumes a goroutine, and the stepping continues there."""

import collections
import gdb
import os
import re

GOROUTINE = r"(.*<)?work_\w+(<run)?(<work_main<main<callmain<mainstart)?<gostart"
BARE = r"(.*<)?bare_\w+<gobufstart"
SYSTEM = r"(.*<)?runenter<(run<__wrap_main<(.*<)?_start|mstart(<.*)?)" # what libc calls its own frames depends on its symbols
CTOR = r"(.*<)?work_ctor<(.*<)?_start"
BEGIN = r"go(buf)?start"
END = r"(.*<)?goexit0"
MAINEND = r"(.*<)?mainstart<gostart"
SWITCH = r"(gogo|goexit0|thrum_yield_none|systemstack)<gostart"  # also for a work_* that ends in a jump
SWITCHBARE = r"thrum_switch_(sysv|call)<gobufstart"
# The scheduler's work on the system stack for a goroutine that others may run meanwhile ends at the
# crossing (cfi.inc: left).
LEFT = r"(.*<)?(\w+_m|exitsyscall)|"
GOOD = re.compile("^(%s)$" % "|".join([LEFT, GOROUTINE, BARE, CTOR, SYSTEM, BEGIN, END, MAINEND, SWITCH, SWITCHBARE]))

LANDINGS = {"segreturn", "gostart", "gobufstart", "foreignresume", "preemptresume", "pollresume"}
stops = {gdb.FRAME_UNWIND_NO_REASON, gdb.FRAME_UNWIND_OUTERMOST, gdb.FRAME_UNWIND_NULL_ID}
inf = gdb.selected_inferior()
out = open(os.environ["WORK"] + "/report", "w") # gdb writes each step to stdout


def symbol(pc):
    text = gdb.execute("info symbol 0x%x" % pc, to_string=True)
    return re.split(r" (\+|in section)", text)[0].strip()


def aftercall(pc):
    if pc < 4096:
        return False
    try:
        b = bytes(inf.read_memory(pc - 7, 7))
    except gdb.MemoryError:
        return False
    if b[2] == 0xe8 or (b[5] == 0xff and b[6] & 0x38 == 0x10) or (b[4] == 0xff and b[5] & 0x38 == 0x10):
        return True
    if b[1] == 0xff and b[2] & 0x38 == 0x10 or b[0] == 0xff and b[1] & 0x38 == 0x10:
        return True
    if b[6] == 0xc3 and b[1] == 0xe8:  # the body behind a call of __morestack
        return True
    return b[5:7] == b"\x0f\x0b" or b[3:5] == b"\x0f\x0b" # behind ud2: where a switch resumes


def chain():
    names, bad = [], None
    f = gdb.newest_frame()
    first = True
    while f is not None and len(names) < 80:
        pc = f.pc()
        name = f.name() or "??"
        if not first and f.type() != gdb.TAILCALL_FRAME and not aftercall(pc) and symbol(pc) not in LANDINGS:
            bad = bad or "%s at 0x%x is not behind a call" % (name, pc)
        names.append(name)
        last, f, first = f, f.older(), False
    if last.unwind_stop_reason() not in stops:
        bad = gdb.frame_stop_reason_string(last.unwind_stop_reason())
    return names, bad


def run(command):
    return gdb.execute(command, to_string=True)


def alone(on):
    run("set scheduler-locking " + ("on" if on else "off"))


def resumed(*places):
    """All threads go on until a breakpoint; False when the program has ended."""
    breaks = [gdb.Breakpoint("*%d" % at, internal=True) for at in places]
    alone(False)
    try:
        run("continue")
    except gdb.error as why:
        if "No such process" not in str(why):  # gdb may stumble over the end of a process that has threads
            raise
        return False
    if not inf.pid:
        return False
    alone(True)
    for b in breaks:
        b.delete()
    return True


def aftergoexit():
    """Behind the call in goexit0: besides gogo the place where goroutines are resumed."""
    frame = gdb.newest_frame().architecture().disassemble(int(gdb.parse_and_eval("(long)&goexit0")), count=40)
    for call, behind in zip(frame, frame[1:]):
        if "goexit_m" in call["asm"]:
            return behind["addr"]
    raise gdb.GdbError("goexit0 does not call goexit_m")


def vdso():
    """The kernel's clock is read again when a tick came in between: stepped, it never ends."""
    found = re.search(r"(0x\w+)\s+(0x\w+).*\[vdso\]", run("info proc mappings"))
    return range(int(found.group(1), 16), int(found.group(2), 16)) if found else range(0)


class Marks:
    """The actions at a function's first instruction."""

    def __init__(self):
        self.lost = None
        self.moves = 0
        self.goexit = aftergoexit()
        self.at = {}
        for name in ("mark_claim", "mark_unclaim", "mark_retake", "mark_preempt", "mark_poison", "mark_slow", "stopm", "stoplockedm", "sleepm", "osfutexsleep"):
            self.at[int(gdb.parse_and_eval("(long)&" + name))] = getattr(self, name)

    def g(self):
        base = int(gdb.newest_frame().read_register("fs_base"))
        return "((struct thrum_g *)%d)" % int.from_bytes(bytes(inf.read_memory(base + 0x60, 8)), "little")

    def mark_claim(self):
        run("set var %s->m->claim = %s->m->claim | 4" % (self.g(), self.g()))

    def mark_unclaim(self):
        run("set var %s->m->claim = 0" % self.g())

    def mark_retake(self):
        self.lost = int(gdb.parse_and_eval("%s->m->p" % self.g()))
        if not int(gdb.parse_and_eval("(int)retake((struct p *)%d, 1, 0, 0)" % self.lost)) & 0xff:
            raise gdb.GdbError("the p cannot be taken away")

    def osfutexsleep(self):
        raise gdb.GdbError("a thread goes to sleep\n" + run("bt"))

    def stopm(self):
        lost, self.lost = self.lost, None
        if lost is not None:
            run("call (void)startm((struct p *)%d, 0)" % lost)
        before = gdb.selected_thread().num
        resumed(int(gdb.parse_and_eval("(long)&gogo")), self.goexit)
        if gdb.selected_thread().num != before:
            self.moves += 1
        elif lost is not None:
            raise gdb.GdbError("it goes on on the same thread")

    stoplockedm = stopm
    sleepm = stopm # for callers that have stopm inline; with a lost p it is too late here

    def mark_preempt(self):
        base = int(gdb.newest_frame().read_register("fs_base"))
        self.ask()
        run("set var %s->stackguard = ~0ul" % self.g())
        inf.write_memory(base + 0x70, b"\xff" * 8)

    def ask(self):
        run("set var %s->preempt = 0x80000000 | %s->m->p->schedtick" % (self.g(), self.g()))

    def mark_poison(self):
        base = int(gdb.newest_frame().read_register("fs_base"))
        run("set var %s->stackguard = ~0ul" % self.g())
        inf.write_memory(base + 0x70, b"\xff" * 8)

    def mark_slow(self):
        run("set var %s = 1" % SYSMONSLOW)


SYSMONSLOW = "'core/sched/proc.c'::sched.sysmonslow"


def main():
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.execute("set debuginfod enabled off")
    gdb.execute("set backtrace past-main on")
    gdb.execute("set backtrace past-entry off")
    gdb.execute("break steps_on")
    gdb.execute("run", to_string=True)
    alone(True)
    marks = Marks()
    clock = vdso()
    end = int(gdb.parse_and_eval("(long)&steps_off"))
    ours = {int(gdb.parse_and_eval("(long)&" + name)): True for name in CALLED}
    seen = collections.Counter()
    failures = collections.OrderedDict()
    steps = checked = 0
    while True:
        gdb.execute("stepi", to_string=True)
        steps += 1
        pc = gdb.newest_frame().pc()
        if pc in clock:
            gdb.execute("finish", to_string=True)
            pc = gdb.newest_frame().pc()
        if pc in marks.at:
            marks.at[pc]()
            pc = gdb.newest_frame().pc()
        if pc == end:
            if not resumed():
                break
            continue
        known = ours.get(pc)
        if known is None:
            sal = gdb.find_pc_line(pc)
            known = ours[pc] = sal.symtab is not None and sal.symtab.filename.endswith(".asm") or symbol(pc) in ROUTINES
        if not known:
            continue
        checked += 1
        names, bad = chain()
        seen[re.sub(r"\..*", "", symbol(pc))] += 1
        text = "<".join(n for n in names if n != "__morestack")
        if bad is None and not GOOD.match(text):
            bad = "wrong callers"
        if bad:
            sal = gdb.find_pc_line(pc)
            key = "%s:%d" % (sal.symtab.filename.split("/")[-1], sal.line)
            if key not in failures:
                failures[key] = "%s: %s\n    %s\n    %s" % (key, bad, gdb.execute("x/i $pc", to_string=True).strip(), text)
    for f in failures.values():
        print("FAIL " + f, file=out)
    print("%d steps, %d in the assembly, %d instructions of it, %d wrong, %d times to another thread" %
          (steps, checked, sum(ours.values()), len(failures), marks.moves), file=out)
    print("routines: " + " ".join(sorted(seen)), file=out)
    tabs = {gdb.find_pc_line(pc).symtab for pc, known in ours.items() if known}
    for tab in {tab.filename: tab for tab in tabs if re.search(r"\.(asm|inc)$", tab.filename)}.values():
        lines = {e.line for e in tab.linetable() if e.pc not in ours}
        if lines:
            print("not stepped through: %s:%s" % (tab.filename.split("/")[-1], ",".join(map(str, sorted(lines)))), file=out)
    missing = (ROUTINES | CALLED) - set(seen)
    if missing:
        print("FAIL never reached: " + " ".join(sorted(missing)), file=out)
    if not failures and not missing:
        print("ok", file=out)


# Functions in C that the assembly calls, on the way to another stack.
CALLED = set("""newstack copystack cbgrow cbenter segfree segpop entersyscallblock exitsyscall
preempt_m polled sysmonkick yield_m park_m
goexit_m""".split())

ROUTINES = set("""__morestack callback foreignresume goexit0 gogo gostart gobufstart mcall pollresume preemptresume segreturn systemstack
thrum_blockcall thrum_foreigncall thrum_icall thrum_longjmp thrum_looppoll thrum_pin thrum_quickcall thrum_setjmp thrum_sigsetjmp thrum_switch_call thrum_switch_sysv thrum_ualloca
thrum_uframe_slow thrum_variadic thrum_yield thrum_yield_none""".split())

try:
    main()
except Exception as why:
    import traceback
    traceback.print_exc(file=out)
