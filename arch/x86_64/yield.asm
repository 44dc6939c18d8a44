; SPDX-License-Identifier: MIT
;
; yield.asm - thrum_yield: from goroutine to goroutine without the scheduler.
;
; The functions of this section begin with the stack check that the compiler would give
; them: so they may be called from foreign code, in its place on the system
; stack, and __morestack brings them home (morestack.asm). They have a file of their own
; because NASM describes one section per file to debuggers.

%include "asm.inc"

extern sched, yield_m

; The m of this thread. Going through the goroutine for it would make every switch wait
; for the loads of the one before.
section .tbss
global thrum_m:data hidden
thrum_m: resq 1

section thrum_api progbits alloc exec nowrite align=16

; void thrum_yield(void): System V.
api thrum_yield
	endbr64
	frame_enter
	push_saved
	sub rsp, 8
	call thrum_yield_none
	add rsp, 8
	pop_saved
	frame_leave
	ret
endfunc

; void thrum_yield_none(void), preserve_none: switches to the head of the run queue, in
; some 35 instructions and without the system stack. With more goroutines than the ring
; holds, the lines that the next ones need are fetched ahead: the g of the one 16
; places on, the stack of the one 8 places on.
api thrum_yield_none
	endbr64
	cmp rsp, TCB(TCB_GUARD)
	jbe .more
.body:
	mov rax, TCB(TCB_G)
	test rax, rax
	jz .nog
	GETM rcx
	mov rdx, [rcx + m_p]
	mov esi, [rdx + p_head]
	cmp esi, [rdx + p_tail]
	je .slow
	mov edi, esi
	and edi, RUNQ_MASK
	mov r8, [rdx + p_runq + rdi * 8]
	movzx r9d, word [rax + g_slow]
	or r9w, [r8 + g_slow]
	jnz .slow
	mov r9, [sched + sched_globhead]
	sub r9, [sched + sched_globtail]
	mov edi, [rdx + p_yieldn]
	or r9, rdi
	jnz .many
	mov edi, [rdx + p_tail]
	lea r9d, [rdi + 1]
	and edi, RUNQ_MASK
	mov [rdx + p_runq + rdi * 8], rax
	mov [rdx + p_tail], r9d
.switch:
	inc esi
	mov [rdx + p_head], esi
	inc dword [rdx + p_tick]
	cfi_remember
	pop r9
	cfi_cfa_off 0
	mov [rax + g_pc], r9
	mov [rax + g_sp], rsp
	mov [rax + g_bp], rbp
	save_context rax, r9
	mov dword [rax + g_status], Grunnable_
	mov dword [r8 + g_status], Grunning_
	mov [r8 + g_m], rcx
	mov [rcx + m_curg], r8
	load_context r8, r10d, r9, rax, ecx
	cfi_restore
	cfi_cfa_off 8
.many:
	; edi = yieldn; the global queue waits: behind it, not before it
	cmp edi, YIELDQ_
	je .slow
	mov [rdx + p_yieldq + rdi * 8], rax
	inc edi
	mov [rdx + p_yieldn], edi
	lea edi, [rsi + 16]
	and edi, RUNQ_MASK
	mov rdi, [rdx + p_runq + rdi * 8]
	prefetcht0 [rdi]
	lea edi, [rsi + 8]
	and edi, RUNQ_MASK
	mov rdi, [rdx + p_runq + rdi * 8]
	mov rdi, [rdi + g_sp]
	prefetcht0 [rdi]
	jmp .switch
.nog:
	mov eax, 24 ; sched_yield
	syscall
	ret
.slow:
	; the scheduler decides, on the system stack
	cfi_remember
	pop r9
	cfi_cfa_off 0
	mov [rax + g_pc], r9
	mov [rax + g_sp], rsp
	mov [rax + g_bp], rbp
	mov rbx, rax
	cfi_cfa_mem rbx, g_sp, 0
	cfi_at ra, rbx, g_pc
	save_context rax, r9
	enter_g0 rcx
	mov rdi, rax
	crossing
	call yield_m
	crossed thrum_yield_none
	ud2
	cfi_restore
	cfi_cfa_off 8
.more:
	mov r10d, 64
	xor r11d, r11d
	extern __morestack
	call __morestack
	ret
	jmp .body
endfunc
