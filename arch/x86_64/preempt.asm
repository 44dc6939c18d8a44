; SPDX-License-Identifier: MIT
;
; preempt.asm - leaves a goroutine that a signal has stopped, and comes back to it
; (core/preempt/preempt.c).
;
;	rsp      ->  | ...               |
;	             | red zone, 128     |
;	g.sched.sp ->| where to go on    |   the only word that is written to its stack
;
; All its registers are in its regsave. asyncresume takes them out in the order in which they lie
; there. rsp points into the regsave meanwhile, so the flags need no other room. Signal handlers run
; on another stack.

%include "asm.inc"

extern preemptasync

; asyncpreempt: the handler returns here instead of to the goroutine. rsp = m.sysp, rbx = g; all
; other registers are as the signal found them.
landing_signal asyncpreempt
	cfi_cfa_mem rbx, g_sp, ASYNC_ROOM
	cfi_save ra, ASYNC_ROOM
	cfi_at rbp, rbx, g_bp
	cfi_lost rbx
	cfi_lost r12
	cfi_lost r13
	cfi_lost r14
	cfi_lost r15
landed asyncpreempt
	mov rax, [rbx + g_m]
	enter_g0 rax, rbx
	mov rdi, rbx
	left
	call preemptasync    ; (gp)
	unleft
	ud2
endfunc

; asyncresume: the goroutine continues, perhaps on another thread.
landing_signal asyncresume
	cfi_cfa rsp, ASYNC_ROOM
	cfi_save ra, ASYNC_ROOM
	cfi_lost rbx
	cfi_lost r12
	cfi_lost r13
	cfi_lost r14
	cfi_lost r15
landed asyncresume
	mov rbx, TCB(TCB_G)
	mov rcx, [rbx + g_m]
	mov eax, [rcx + m_ncall]
	dec eax
	mov [rcx + m_fpcall], eax ; it may be at a place where code changes the control word for a while
	mov r11, [rbx + g_regs]
	lea rcx, [r11 + regs_xsave]
	restore_vectors rcx
	regsave_free
	lea rsp, [r11 + regs_r]
%assign left S_SP
%macro take 1
	cfi_cfa_mem rsp, left, ASYNC_ROOM
	pop %1
%assign left left - 8
%endmacro
	take rax
	take rdx
	take rdi
	take rsi
	take rcx
	take r8
	take r9
	take r10
	take rbx
	cfi_same rbx
	take r12
	cfi_same r12
	take r13
	cfi_same r13
	take r14
	cfi_same r14
	take r15
	cfi_same r15
	take r11
	cfi_cfa_mem rsp, 8, ASYNC_ROOM
	popfq
	cfi_cfa_mem rsp, 0, ASYNC_ROOM
	pop rsp
	cfi_cfa rsp, ASYNC_ROOM
	ret ASYNC_ROOM - 8
endfunc
