# SPDX-License-Identifier: MIT
"""unwind.py - steps through unwind.c instruction by instruction, and looks at the
backtrace at every instruction of the assembly: it must reach the goroutine's first function (or
main's callers), every caller must stand behind a call, and gdb must not complain."""

import collections
import gdb
import os
import re

GOROUTINE = r"(.*<)?work_\w+(<run)?(<work_main<main<callmain<mainstart)?<gostart"
BARE = r"(.*<)?bare_\w+<gobufstart"
SYSTEM = r"(.*<)?runenter<run<__wrap_main<(.*<)?_start" # what libc calls its own frames depends on its symbols
CTOR = r"(.*<)?work_ctor<(.*<)?_start"
BEGIN = r"go(buf)?start"
END = r"(.*<)?goexit0"
MAINEND = r"(.*<)?mainstart<gostart"
SWITCH = r"(gogo|goexit0|thrum_yield_none)<gostart"
SWITCHBARE = r"thrum_switch_(sysv|call)<gobufstart"
GOOD = re.compile("^(%s)$" % "|".join([GOROUTINE, BARE, CTOR, SYSTEM, BEGIN, END, MAINEND, SWITCH, SWITCHBARE]))

LANDINGS = {"segreturn", "gostart", "gobufstart"}
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


def main():
    gdb.execute("set pagination off")
    gdb.execute("set confirm off")
    gdb.execute("set debuginfod enabled off")
    gdb.execute("set backtrace past-main on")
    gdb.execute("set backtrace past-entry off")
    gdb.execute("break steps_on")
    gdb.execute("run", to_string=True)
    end = int(gdb.parse_and_eval("(long)&steps_off"))
    ours = {}
    seen = collections.Counter()
    failures = collections.OrderedDict()
    steps = checked = 0
    while True:
        gdb.execute("stepi", to_string=True)
        steps += 1
        pc = gdb.newest_frame().pc()
        if pc == end:
            gdb.execute("continue", to_string=True)
            if not inf.pid:
                break
            continue
        known = ours.get(pc)
        if known is None:
            sal = gdb.find_pc_line(pc)
            known = ours[pc] = sal.symtab is not None and sal.symtab.filename.endswith(".asm") or symbol(pc) in WANTED
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
    print("%d steps, %d in the assembly, %d instructions of it, %d wrong" % (steps, checked, sum(ours.values()), len(failures)), file=out)
    print("routines: " + " ".join(sorted(seen)), file=out)
    for tab in {gdb.find_pc_line(pc).symtab.filename: gdb.find_pc_line(pc).symtab for pc, known in ours.items() if known}.values():
        lines = {e.line for e in tab.linetable() if e.pc not in ours}
        if lines:
            print("not stepped through: %s:%s" % (tab.filename.split("/")[-1], ",".join(map(str, sorted(lines)))), file=out)
    missing = WANTED - set(seen)
    if missing:
        print("FAIL never reached: " + " ".join(sorted(missing)), file=out)
    if not failures and not missing:
        print("ok", file=out)


WANTED = set("""__morestack callback goexit0 gogo gostart gobufstart mcall segreturn systemstack thrum_foreigncall thrum_icall
thrum_longjmp thrum_pin thrum_quickcall thrum_setjmp thrum_sigsetjmp thrum_switch_call thrum_switch_sysv thrum_ualloca
thrum_uframe_slow thrum_unpin thrum_yield thrum_yield_none""".split())

try:
    main()
except Exception as why:
    import traceback
    traceback.print_exc(file=out)
