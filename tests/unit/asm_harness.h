// SPDX-License-Identifier: MIT
//
// asm_harness.h - what the tests of the assembly share: random calls, and what must be as before.
//
// A probe (asm_probe.S) puts random patterns into all registers, MXCSR, the x87 control word and up
// to 40 stack arguments, and calls a routine. A sink at the far end stores what arrived, spoils
// what a callee may spoil, and returns random results. Both are then compared with what was sent.
// Vector registers are as wide as the processor has them.
//
// A test makes a call with fill, sets hooks, runs it with ong (in a goroutine) or fprobe (on the
// thread), and compares: arrived or same, kept, results.

#ifndef ASM_HARNESS_H
#define ASM_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "asm_probe.h"
#include "core/base/debug.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"
#include "thrum/preempt.h"
#include "thrum/switch.h"

// The registers that a probe loads before a call and stores after it, and that a sink stores and
// returns.
struct regs {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t flags;
	uint32_t mxcsr;
	uint16_t fpcw, fptag;
	uint8_t st[2][16];
	uint64_t nst; // x87 results
	uint64_t canary;
	uint8_t vec[8][64];
	uint64_t k[8];
	uint64_t stack[NSTACK];
};

// A call of target: the registers and stack arguments that it gets, and what it left.
struct call {
	struct regs in, out;
	void *target;
	uint64_t nstack; // words
	uint64_t pad; // bytes of stack used up first
};

// asm_probe.S: what the sink got and returns, the hooks, the routines of both ends.
extern struct regs sink_got, sink_ret;
extern uint64_t sink_frame, sink_nstack, entry_pin, cpu_vec, cpu_k, probe_sp;
extern void (*sink_hook)(char *sp);
extern void (*entry_before)(struct call *c), (*entry_after)(void), (*probe_before)(struct call *c);
extern thrum_gobuf bufa, bufb;
void fprobe(struct call *c), iprobe(struct call *c);
void fsink(void), isink(void), fspoil(void), other_sysv(void), other_none(void);
void thunk_fsink(void), thunk_quick(void), thunk_isink(void), thunk_probe(void);
void thunk_block(void), thunk_iblock(void), thunk_usleep(void), thunk_busleep(void);
void shell_isink(void);
void goentry(void *c), goblock(void *), goreturn(void *), jumper(void);
int entry(void *c);

// the runtime's
void __morestack(void);
extern const uintptr_t quickback;
void quickaway(void), thrum_looppoll(void), thrum_foreigncall(void), thrum_icall(void);
void thrum_uframe_slow(void), thrum_pin(void), thrum_unpin(void);
void *thrum_ualloca(size_t size, size_t align);
#undef thrum_yield


// The input of settled, and the registers that it cannot know.
extern const char *what; // the routine under test, for messages
extern bool quick; // after a quick call: errno is not looked at
extern bool unbalanced; // pins are left behind
extern int erroris; // the goroutine's errno at the end; -1: any
extern uintptr_t uspis; // the top of its unsafe frames; 0: any
extern int elsewhere; // goroutines that went on on another m

#define SAME(a, b, name) \
	cr_assert((a) == (b), "%s: %s is 0x%lx, wanted 0x%lx", what, name, (unsigned long)(a), \
		(unsigned long)(b))

// EACHMODE runs a statement twice: normally, and with a stack that moves at every check.
#define EACHMODE for (int md_ = 0; mode(md_); md_++)
bool mode(int i);

// The start of the runtime, before each test. init1: with one p, so that it is known what runs
// next.
void init(void);
void init1(void);

// Random calls.
uint64_t rnd(void);
uint32_t rndmxcsr(void);
uint16_t rndcw(void);
void fill(struct call *c, const void *target); // makes a new one of target
void setargs(struct call *c, uint64_t words);  // gives it so many words of stack arguments

// ong runs a call in a goroutine; ongthen calls after at its end, on its stack, instead of settled.
void ong(struct call *c);
void ongthen(struct call *c, void (*after)(void));
void settled(void); // the g and the thread's words are as when nothing was called
void rest(void);    // runs the goroutines that are left

// Comparing. saved: the callee-saved registers of a and b; vecs: n vector registers.
void saved(const struct regs *a, const struct regs *b, const char *where);
void vecs(const struct regs *a, const struct regs *b, int n, const char *where);
// The sink got what c sent, with al also the count of vector registers.
void arrived(const struct call *c, bool al);
// The same, and no register was changed between a call and its body, both in instrumented code.
void same(const struct call *c);
// The caller's registers are as System V wants them; it got the results that the sink returned.
void kept(const struct call *c);
void results(const struct call *c);
// All general registers are kept but those whose bits are in skip.
void general(const struct call *c, unsigned skip);
enum { RAX = 1 << 0, RCX = 1 << 2, R10 = 1 << 10, R11 = 1 << 11 };

// The sum of a counter over all ps.
uint64_t total(size_t field);
#define TOTAL(field) total(offsetof(p, field))

// Hooks of the sink. It runs on the goroutine's stack, or on the system stack.
void noteframe(char *sp);
void notesystem(char *sp);
void notespare(char *sp); // noteframe, and the goroutine gets a spare segment
void swaperr(char *sp);   // notesystem, and errno goes in and out

// Hooks before a call: the goroutine gets a spare segment, or the errno that swaperr looks for.
void spare(struct call *c);
void seterr(struct call *c);

#endif
