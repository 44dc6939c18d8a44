// SPDX-License-Identifier: MIT
//
// offsets.c - compiled to assembly text, from which the build makes offsets.inc. So no offset into
// a C struct is typed by hand.

#include "alloc/mcache.h"
#include "arch/arch.h"
#include "core/base/modules.h"
#include "core/base/typetable.h"
#include "core/panic/jmpbuf.h"
#include "core/sched/types.h"
#include "core/stack/callback.h"
#include "core/stack/segment.h"
#include "core/stack/stack.h"
#include "thrum/switch.h"

#define EQU(name, value) __asm__ volatile("\n-> " #name " equ %c0" : : "i"(value))
#define OFF(name, type, field) EQU(name, offsetof(type, field))

void
offsets(void)
{
	EQU(TCB_G, THRUM_TCB_G);
	EQU(TCB_USP, THRUM_TCB_USP);
	EQU(TCB_GUARD, THRUM_TCB_GUARD);
	EQU(ARGS_TAG, THRUM_ARGS_TAG);
	EQU(ICALL_SHIFT, THRUM_ICALL_SHIFT);
	EQU(PIN_ROOM, THRUM_PIN_ROOM);
	EQU(VA_BYTES, THRUM_VA_BYTES);
	EQU(FC_FRAME, FOREIGNFRAME);
	EQU(MAXDENSE_, MAXDENSE);
	EQU(MAXSMALL_, MAXSMALL);
	EQU(HEAPPAGESHIFT_, HEAPPAGESHIFT);
	EQU(MAGSHIFT_, MAGSHIFT);
	EQU(SCANBINS_, THRUM_SCANBINS);
	EQU(UNTYPED_, THRUM_UNTYPED);
	OFF(ref_index, thrum_typeref, index);
	OFF(ref_bins, thrum_typeref, bins);
	OFF(heap_page0, heapt, page0);
	OFF(heap_npages, heapt, npages);
	OFF(heap_span, heapt, span);
	EQU(span_cells, sizeof(mspan));
	EQU(slot_sizeof, sizeof(slot));
	OFF(slot_object, slot, object);
	OFF(slot_cell, slot, cell);
	OFF(span_base, mspan, base);
	OFF(span_magic, mspan, magic);
	OFF(span_starts, mspan, starts);
	OFF(span_magazine, mspan, magazine);
	OFF(mag_top, magazine, top);
	OFF(mag_bottom, magazine, bottom);
	OFF(mag_limit, magazine, limit);
	OFF(CB_PREV, cbrecord, prev);
	OFF(CB_BPREL, cbrecord, bprel);
	OFF(CB_USP, cbrecord, usp);
	OFF(CB_PIN, cbrecord, pin);
	OFF(CB_NSEG, cbrecord, nseg);
	OFF(CB_ASIDE, cbrecord, aside);
	OFF(CB_RBX, cbrecord, rbx);
	OFF(CB_RBP, cbrecord, rbp);
	OFF(CB_RET, cbrecord, ret);
	EQU(CB_ARGS, sizeof(cbrecord));

	OFF(g_sp, g, sched.sp);
	OFF(g_pc, g, sched.pc);
	OFF(g_bp, g, sched.bp);
	OFF(g_usp, g, usp);
	OFF(g_guard, g, stackguard);
	OFF(g_m, g, m);
	OFF(g_mxcsr, g, fp.mxcsr);
	OFF(g_fpcw, g, fp.fpcw);
	OFF(g_slow, g, slow);
	OFF(g_status, g, status);
	OFF(g_pin, g, pin);
	OFF(g_waitsince, g, waitsince);
	OFF(g_waiting, g, waiting);
	OFF(g_sudog_success, g, sudog.success);
	OFF(g_sudog_send, g, sudog.send);
	OFF(g_stacklo, g, stacklo);
	OFF(g_stacksize, g, stacksize);
	OFF(g_seg, g, seg);
	OFF(g_nseg, g, nseg);
	OFF(plainstack_lo, struct plainstack, lo);
	OFF(plainstack_size, struct plainstack, size);
	EQU(plainstack_sizeof, sizeof(struct plainstack));
	OFF(range_lo, struct range, lo);
	OFF(range_size, struct range, size);
	EQU(range_sizeof, sizeof(struct range));
	OFF(m_incall, m, incall);
	OFF(g_ncallback, g, ncallback);
	OFF(g_err, g, err);
	OFF(g_fn, g, fn);
	OFF(g_arg, g, arg);
	OFF(g_goid, g, goid);

	OFF(m_sysp, m, sysp);
	OFF(m_p, m, p);
	OFF(m_errnop, m, errnop);
	OFF(m_curg, m, curg);
	OFF(m_syslo, m, syslo);
	OFF(m_claim, m, claim);
	OFF(m_ncall, m, ncall);
	OFF(m_fpcall, m, fpcall);
	OFF(m_asideusp, m, asideusp);
	OFF(m_mxcsr, m, fp.mxcsr);
	OFF(m_fpcw, m, fp.fpcw);
	OFF(m_ncallbacks, m, ncallbacks);
	OFF(m_regfree, m, regs.list);
	OFF(m_nregfree, m, regs.n);
	OFF(m_runsp, m, runsp);
	OFF(m_g0, m, g0);

	OFF(p_head, p, runqhead);
	OFF(p_tail, p, runqtail);
	OFF(p_yieldtail, p, yieldtail);
	OFF(p_nexton, p, nexton);
	OFF(p_next, p, next);
	OFF(p_npark, p, npark);
	OFF(p_claim, p, claim);
	OFF(p_globtick, p, globtick);
	OFF(p_nready, p, nready);
	OFF(p_tick, p, schedtick);
	OFF(p_runq, p, runq);
	OFF(p_yieldq, p, yieldq);
	EQU(YIELDQ_, YIELDQ);
	EQU(RUNQ_MASK, RUNQ - 1);
	OFF(sched_globsize, schedt, globsize);
	OFF(sched_coarse, schedt, coarse);
	OFF(sched_sysmonslow, schedt, sysmonslow);
	EQU(SlowCallback_, SlowCallback);

	OFF(g_regs, g, regs);
	OFF(regs_next, regsave, next);
	OFF(regs_r, regsave, r);
	OFF(regs_xsave, regsave, xsave);
	EQU(REGS_BYTES, sizeof ((regsave *)0)->r);
	EQU(S_RAX, 8 * RegRax);
	EQU(S_RDX, 8 * RegRdx);
	EQU(S_RDI, 8 * RegRdi);
	EQU(S_RSI, 8 * RegRsi);
	EQU(S_RCX, 8 * RegRcx);
	EQU(S_R8, 8 * RegR8);
	EQU(S_R9, 8 * RegR9);
	EQU(S_R10, 8 * RegR10);
	EQU(S_R11, 8 * RegR11);
	EQU(S_RBX, 8 * RegRbx);
	EQU(S_R12, 8 * RegR12);
	EQU(S_R13, 8 * RegR13);
	EQU(S_R14, 8 * RegR14);
	EQU(S_R15, 8 * RegR15);
	EQU(S_R11, 8 * RegR11);
	EQU(S_SP, 8 * RegSp);
	EQU(ASYNC_ROOM, ASYNCROOM);
	EQU(ClaimSignal_, ClaimSignal);
	EQU(ClaimAside_, ClaimAside);

	OFF(gobuf_sp, thrum_gobuf, sp);
	OFF(gobuf_pc, thrum_gobuf, pc);
	OFF(gobuf_bp, thrum_gobuf, bp);
	OFF(gobuf_usp, thrum_gobuf, usp);
	OFF(target_rbx, jumptarget, rbx);
	OFF(target_r12, jumptarget, r12);
	OFF(target_r13, jumptarget, r13);
	OFF(target_r14, jumptarget, r14);
	OFF(target_r15, jumptarget, r15);
	OFF(target_bp, jumptarget, bp);
	OFF(target_sp, jumptarget, sp);
	OFF(target_pc, jumptarget, pc);
	EQU(target_sizeof, sizeof(jumptarget));
	OFF(GB_RBX, glibcbuf, rbx);
	OFF(GB_BP, glibcbuf, bp);
	OFF(GB_R12, glibcbuf, r12);
	OFF(GB_R13, glibcbuf, r13);
	OFF(GB_R14, glibcbuf, r14);
	OFF(GB_R15, glibcbuf, r15);
	OFF(GB_SP, glibcbuf, sp);
	OFF(GB_PC, glibcbuf, pc);

	EQU(UFRAME_MAX, THRUM_UFRAME_MAX);
	EQU(JB_MAGIC, JMPBUF_MAGIC);
	OFF(JB_RBX, jmpbuf, rbx);
	OFF(JB_R12, jmpbuf, r12);
	OFF(JB_R13, jmpbuf, r13);
	OFF(JB_R14, jmpbuf, r14);
	OFF(JB_R15, jmpbuf, r15);
	OFF(JB_SP, jmpbuf, sp);
	OFF(JB_BP, jmpbuf, bp);
	OFF(JB_MAGICW, jmpbuf, magic);
	OFF(JB_SAVED, jmpbuf, masksaved);
	OFF(JB_MASK, jmpbuf, mask);
	OFF(JB_PC, jmpbuf, pc);
	OFF(JB_USP, jmpbuf, usp);
	OFF(JB_GOID, jmpbuf, goid);
	OFF(JB_NPANIC, jmpbuf, npanic);
	OFF(JB_TOPMASKED, jmpbuf, topmasked);
	OFF(g_defertop, g, defers.top);
	OFF(g_npanic, g, defers.npanic);
	OFF(g_stackkind, g, stackkind);
	EQU(StackFixed_, StackFixed);
	OFF(JB_PIN, jmpbuf, pin);
	OFF(JB_NSEG, jmpbuf, nseg);
	OFF(JB_NCB, jmpbuf, ncallback);

#ifdef TSAN
	EQU(TSAN_, 1);
#else
	EQU(TSAN_, 0);
#endif
	EQU(Grunnable_, Grunnable);
	EQU(Grunning_, Grunning);
	EQU(Gwaiting_, Gwaiting);
	EQU(seg_size, sizeof(segment));
	OFF(seg_lo, segment, lo);
	OFF(seg_sz, segment, size);
	OFF(seg_seg, segment, seg);
	OFF(seg_sp, segment, sp);
	OFF(seg_fp, segment, fp);
	OFF(seg_guard, segment, guard);
	OFF(seg_pin, segment, pin);
	OFF(g_segspare, g, segspare);
	OFF(g_segsparesize, g, segsparesize);
}
