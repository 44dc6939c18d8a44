; SPDX-License-Identifier: MIT
;
; switch.asm - the context switches.
;
; A context is resumed by a jump, never by a return. A `ret` whose `call` is not on top of the
; processor's return stack costs some 30 cycles; a predicted indirect jump costs one.

%include "asm.inc"

extern goexit_m

; void gogo(g *gp): resumes gp. System stack, scheduler only; never returns.
func gogo
	endbr64
	race_to rdi, 0
	mov rax, TCB(TCB_G)        ; g0
	mov rcx, [rax + g_m]       ; g0.usp stays: no present frame of the system stack is used again
	mov [rcx + m_curg], rdi
	mov [rdi + g_m], rcx
	mov dword [rdi + g_status], Grunning_
	cfi_become rdi
	become rdi, r9
	load_context rdi, rcx, r9, r8d, r8w
	ud2
endfunc

; void mcall(void (*fn)(g *)): parks the calling context in its g, goes to the system stack and
; calls fn(g), which must not return. mcall returns when the g is resumed. Goroutine stack. Keeps
; the System V callee-saved registers.
func mcall
	endbr64
	frame_enter
	push_saved
	mov rax, TCB(TCB_G)
	lea rcx, [.resume]
	mov [rax + g_sp], rsp
	mov [rax + g_pc], rcx
	mov [rax + g_bp], rbp
	mov rcx, [rax + g_m]
	save_context rax, rcx, r9, r8d, r8w
	enter_g0 rcx, rax
	mov rdx, rdi
	mov rdi, rax
	left
	crossing
	call rdx
	crossed mcall
	unleft
	ud2
.resume:
	endbr64
	pop_saved
	frame_leave
	pop rcx
	cfi_cfa_off 0
	njmp rcx
endfunc

; uintptr_t systemstack(uintptr_t (*fn)(uintptr_t, uintptr_t), uintptr_t a, uintptr_t b): calls
; fn(a, b) on the system stack of the m. If the caller is not on a goroutine's stack, it calls fn in
; place. Any stack. The goroutine does not move meanwhile. systemstack3 is the same with a third
; argument.
func systemstack
	endbr64
	frame_enter
	mov r8, rdi
	mov rdi, rsi
	mov rsi, rdx
	mov rdx, rcx
	on_goroutine rax, r9, .here
	mov r9, [rax + g_m]
	mov rsp, [r9 + m_sysp]
	mov qword TCB(TCB_GUARD), 0
	race_ignored
	crossing
	call r8
	crossed systemstack
	race_heeded
	mov rcx, TCB(TCB_G)
	mov rdx, [rcx + g_guard]
	mov TCB(TCB_GUARD), rdx
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	ret
.here:
	cfi_cfa rbp, 16
	cfi_save rbp, 16
	and rsp, -16
	race_ignored
	call r8
	race_heeded
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	ret
endfunc

; void runenter(m *mp, void (*fn)(void)): keeps thrum_run's context in mp and calls fn on the same
; stack, as the scheduler. Returns after runleave, with the MXCSR and x87 control word of the call.
func runenter
	endbr64
	frame_enter
	push_saved
	sub rsp, 8
	stmxcsr [rsp]
	fnstcw [rsp + 4]
	mov eax, [rsp]
	mov [rdi + m_mxcsr], eax
	movzx eax, word [rsp + 4]
	mov [rdi + m_fpcw], eax
	mov [rdi + m_runsp], rsp
	lea rax, [rsp - 128]
	and rax, -64
	mov [rdi + m_sysp], rax
	mov rsp, rax
	call rsi
	ud2
endfunc

; void runleave(m *mp): goes back to runenter's caller. System stack.
func runleave
	endbr64
	mov rsp, [rdi + m_runsp]
	cfi_cfa rsp, 64
	cfi_save rbp, 16
	cfi_saved 24
	ldmxcsr [rsp]
	fldcw [rsp + 4]
	add rsp, 8
	cfi_cfa_off 56
	pop_saved
	frame_leave
	pop rcx
	cfi_cfa_off 0
	njmp rcx
endfunc

; gostart: a goroutine begins here. Its g is running. Its stack is empty but for the alignment, and
; rbp is 0.
landing gostart
	cfi_undef_ra
landed gostart
	endbr64
	mov rax, TCB(TCB_G)
	mov rdi, [rax + g_arg]
	call [rax + g_fn]
	call goexit0
	ud2
endfunc

; goexit0: ends the calling goroutine and resumes the next one. The goroutine's registers are dead.
; Goroutine stack.
func goexit0
	cfi_undef_ra
	mov rdi, TCB(TCB_G)
	mov rbx, [rdi + g_m]
	know_fp rbx, r8d
	enter_g0 rbx, rdi
	call goexit_m        ; (gp), returns the g that runs next
	race_to rax, 8
	mov [rbx + m_curg], rax
	mov [rax + g_m], rbx
	mov dword [rax + g_status], Grunning_
	become rax, r9
	load_context rax, rbx, r9, r8d, r8w
endfunc

; ---- the bare switch of thrum/switch.h --------------------------------------

; switch_usp FROM: usp is rax, and becomes rcx. FROM keeps the old value. If that is 0, a handler
; may change it at any time, as in become_from.
%macro switch_usp 1
	test rax, rax
	jnz %%plain
	cmpxchg TCB(TCB_USP), rcx
	je %%saved
%%plain:
	mov TCB(TCB_USP), rcx
%%saved:
	mov [%1 + gobuf_usp], rax
%endmacro

; void thrum_switch_call(thrum_gobuf *from, const thrum_gobuf *to), preserve_none: r12 = from, r13 =
; to. Only rsp and rbp are kept. It begins in the second half of a cache line, and its jump lies in
; the next line: 2.8 ns for a switch between two contexts. At the start of a line it takes 3.6.
	align 64
	times 32 int3
api thrum_switch_call
	endbr64
	pop rax
	cfi_cfa_off 0
	mov [r12 + gobuf_sp], rsp
	mov [r12 + gobuf_pc], rax
	mov [r12 + gobuf_bp], rbp
	mov rax, TCB(TCB_USP)
	mov rcx, [r13 + gobuf_usp]
	switch_usp r12
	mov rax, r12 ; the result for the context that is resumed
	mov rsp, [r13 + gobuf_sp]
	cfi_at ra, r13, gobuf_pc
	cfi_at rbp, r13, gobuf_bp
	mov rbp, [r13 + gobuf_bp]
	cfi_same rbp
	njmp [r13 + gobuf_pc]
endfunc

; void thrum_switch_sysv(thrum_gobuf *from, const thrum_gobuf *to): rdi, rsi. Keeps rbx, rbp,
; r12-r15 on the stack that it leaves. It begins a cache line: 2.8 ns for a switch among many
; contexts, 3.3 to 3.6 elsewhere.
	align 64
api thrum_switch_sysv
	endbr64
	push_saved
	lea rax, [.resume]
	mov [rdi + gobuf_sp], rsp
	mov [rdi + gobuf_pc], rax
	mov [rdi + gobuf_bp], rbp
	mov rax, TCB(TCB_USP)
	mov rcx, [rsi + gobuf_usp]
	switch_usp rdi
	mov rax, rdi
	cfi_remember
	mov rsp, [rsi + gobuf_sp]
	cfi_cfa rsp, 0
	cfi_at ra, rsi, gobuf_pc
	cfi_at rbp, rsi, gobuf_bp
	cfi_same rbx
	cfi_same r12
	cfi_same r13
	cfi_same r14
	cfi_same r15
	mov rbp, [rsi + gobuf_bp]
	cfi_same rbp
	njmp [rsi + gobuf_pc]
	cfi_restore
	cfi_cfa_off 48
	ud2
.resume:
	endbr64
	pop_saved
	pop rcx
	cfi_cfa_off 0
	njmp rcx
endfunc

; gobufstart: a context of thrum_gobuf_init begins here: [rsp] = fn, [rsp+8] = arg.
landing gobufstart
	cfi_undef_ra
landed gobufstart
	endbr64
	pop rax
	pop rdi
	call rax
	ud2
endfunc
