; SPDX-License-Identifier: MIT
;
; yield.asm - thrum_yield: from goroutine to goroutine without the scheduler.
;
; The functions of this section begin with the stack check that the compiler would make. So foreign
; code may call them: on the system stack the check fails, and __morestack brings the call to the
; goroutine's stack (morestack.asm). They have a file of their own because NASM describes one
; section per file to debuggers.

%include "asm.inc"

extern sched, yield_m

; The m of this thread. A load through the goroutine would make every switch wait for the loads of
; the one before.
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

; void thrum_yield_none(void), preserve_none: switches to the head of the run queue, in some 45
; instructions and without the system stack. The pop is that of runqget (runq.h): head first, then
; claim, then the slot. Once the goroutine that yields is in a queue, nothing of it may be touched:
; another m may run it at once. If there are more goroutines than the ring holds, it fetches ahead:
; the g of the goroutine 16 places on, and the stack of the one 8 places on.
api thrum_yield_none
	endbr64
	cmp rsp, TCB(TCB_GUARD)
	jbe .more
.body:
	mov rax, TCB(TCB_G)
	test rax, rax
	jz .nog
	GETM rcx
%if TSAN_
	jmp .slow
%endif
	mov rdx, [rcx + m_p]
	mov esi, [rdx + p_head]
	cmp esi, [rdx + p_tail]
	je .slow
	movzx r9d, word [rax + g_slow]
	or r9d, [rdx + p_nexton]
	jnz .slow
	mov r10d, [rdx + p_tick]
	inc r10d
	cmp r10d, [rdx + p_globtick]
	je .slow
	lea edi, [rsi + 1]
	mov [rdx + p_head], edi
	cmp dword [rdx + p_claim], 0
	jne .claimed
	mov edi, esi
	and edi, RUNQ_MASK
	mov r8, [rdx + p_runq + rdi * 8]
	test r8, r8
	jz .slow             ; a thief took it
	cmp word [r8 + g_slow], 0
	jne .back
	mov [rdx + p_tick], r10d
	mov dword [rdx + p_nready], 0
	cfi_remember
	pop r9
	cfi_cfa_off 0
	mov [rax + g_pc], r9
	mov [rax + g_sp], rsp
	mov [rax + g_bp], rbp
	save_context rax, rcx, r9, r10d, r10w
	cfi_become r8
	mov dword [rax + g_status], Grunnable_
	mov [r8 + g_m], rcx
	become_from rax, r8, r9
	mov r9d, [rdx + p_yieldtail]
	mov edi, r9d
	or rdi, [sched + sched_globsize]
	jnz .many
	mov edi, [rdx + p_tail]
	lea r9d, [rdi + 1]
	and edi, RUNQ_MASK
	mov [rdx + p_runq + rdi * 8], rax
	mov [rdx + p_tail], r9d
.switch:
	mov dword [r8 + g_status], Grunning_
	mov [rcx + m_curg], r8
	load_context r8, rcx, r9, r10d, r10w
.many:
	; r9d = yieldtail. The global queue has work: the yielding goroutine must go behind it.
	cmp r9d, YIELDQ_
	je .flush
	mov [rdx + p_yieldq + r9 * 8], rax
	inc r9d
	mov [rdx + p_yieldtail], r9d
	lea edi, [rsi + 16]
	and edi, RUNQ_MASK
	mov rdi, [rdx + p_runq + rdi * 8]
	prefetcht0 [rdi]
	lea edi, [rsi + 8]
	and edi, RUNQ_MASK
	mov rdi, [rdx + p_runq + rdi * 8]
	test rdi, rdi
	jz .switch
	mov rdi, [rdi + g_sp]
	prefetcht0 [rdi]
	jmp .switch
.flush:
	cfi_cfa rsp, 0
	cfi_ra_normal
	cfi_same rbp
	; yieldq is full, so the scheduler does it. The popped goroutine goes back; head is still
	; ours.
	become_from r8, rax, r9
	mov [rdx + p_head], esi
	mov dword [rax + g_status], Grunning_
	mov rbx, rax
	jmp .saved
	cfi_restore
	cfi_cfa_off 8
.nog:
	mov eax, 24 ; sched_yield
	syscall
	ret
.claimed:
.back:
	mov [rdx + p_head], esi
.slow:
	; the scheduler decides, on the system stack
	pop r9
	cfi_cfa_off 0
	mov [rax + g_pc], r9
	mov [rax + g_sp], rsp
	mov [rax + g_bp], rbp
	mov rbx, rax
	cfi_cfa_mem rbx, g_sp, 0
	cfi_at ra, rbx, g_pc
	save_context rax, rcx, r9, r10d, r10w
.saved:
	enter_g0 rcx, rax
	mov rdi, rax
	left
	crossing
	call yield_m
	crossed thrum_yield_none
	unleft
	ud2
	cfi_cfa rsp, 8
	cfi_ra_normal
.more:
	mov r10d, 64
	xor r11d, r11d
	extern __morestack
	call __morestack
	ret
	jmp .body
endfunc
