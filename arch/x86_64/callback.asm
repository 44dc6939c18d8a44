; SPDX-License-Identifier: MIT
;
; callback.asm - foreign code calls instrumented code.
;
; The body runs on the goroutine's stack, below the frame of the foreign call through which it came.
; Its frames join the rbp chain of that frame, so the stack may move meanwhile. A record on the
; system stack holds the way back to the foreign caller.

%include "asm.inc"

extern cbgrow, cbenter, segpop
cfi_personality cie_callback, unwindcallback

; callback: foreign code has called an instrumented function. System stack, from the top: back to
; the prologue, back to the foreign caller, stack arguments. r10 = frame, r11 = bytes of arguments.
; rax is free, because a variadic function does not come here.
;
; The record with the way back (core/stack/callback.h) is pushed here.
func callback, cie_callback
	pop rax ; CFA stays rsp + 8: now the foreign caller's return address is on top
	inc rax
	push rbp
	cfi_cfa_off 16
	cfi_save rbp, 16
	mov rbp, TCB(TCB_G)
	push rbx
	cfi_cfa_off 24
	cfi_save rbx, 24
	push 0
	cfi_cfa_off 32
	sub rsp, 8
	cfi_cfa_off 40
	mov ebx, [rbp + g_pin]
	mov [rsp], ebx
	mov ebx, [rbp + g_nseg]
	mov [rsp + CB_NSEG - CB_PIN], ebx
	push qword TCB(TCB_USP)
	cfi_cfa_off 48
	mov rbx, [rbp + g_stacklo]
	add rbx, [rbp + g_stacksize]
	sub rbx, [rbp + g_bp]
	push rbx
	cfi_cfa_off 56
	mov rbx, [rbp + g_m]
	push qword [rbx + m_sysp]
	cfi_cfa_off 64
	mov [rbx + m_sysp], rsp
	mov rbx, [rbx + m_errnop]
	mov ebx, [rbx]
	mov [rbp + g_err], ebx
	; the foreign call is interrupted by the callback, and the p may be gone (syscall.c)
	mov rbx, [rbp + g_m]
	mov dword [rbx + m_incall], 0
	inc qword [rbx + m_ncallbacks]
	inc dword [rbp + g_ncallback]
	or word [rbp + g_slow], SlowCallback_
	cmp dword [rbx + m_claim], 0
	jne .lost
	cmp qword [rbx + m_p], 0
	je .lost
.have:
	; is there room for the arguments and the frame?
	lea rbx, [r10 + r11 + 192]
	neg rbx
	add rbx, [rbp + g_sp]
	cmp rbx, [rbp + g_guard]
	jb .grow
.room:
	mov rbx, [rbp + g_guard]
	mov TCB(TCB_GUARD), rbx
	mov r10, rsp
	cfi_cfa r10, 64
	mov rsp, [rbp + g_sp]
	test r11, r11
	jnz .args
.enter:
	mov rbx, [r10 + CB_RBX]
	cfi_same rbx
	mov rbp, [rbp + g_bp]
	; Debuggers see the routine that made the foreign call as the body's caller. Once the stack
	; has moved, the frames of the foreign code hold a stale rbp.
	cfi_cfa rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
	cfi_lost r13
	cfi_lost r14
	cfi_lost r15
	crossing
	call rax
	crossed callback
	; back again: results in rax, rdx, rcx, xmm0 to xmm3, st0, st1
	mov r11, TCB(TCB_G)
	lea r8, [rbp - FC_FRAME]
	mov [r11 + g_sp], r8
	mov [r11 + g_bp], rbp
	dec dword [r11 + g_ncallback]
	jz .last
.counted:
	mov r8, [r11 + g_m]
	mov r9, [r8 + m_errnop]
	mov r10d, [r11 + g_err]
	mov [r9], r10d
	mov qword TCB(TCB_GUARD), -1
	mov rsp, [r8 + m_sysp]
	cfi_cfa rsp, 64
	cfi_same rbx
	cfi_same r12
	cfi_same r13
	cfi_same r14
	cfi_same r15
	mov r10d, [rsp + CB_NSEG]
	cmp r10d, [r11 + g_nseg]
	jne .segment
.back:
	; from here on others may take the p and read the stack (syscall.c, scan.c)
	inc dword [r8 + m_ncall]
	mov dword [r8 + m_incall], 1
	cmp qword [rsp + CB_ASIDE], 0
	jne .aside
.popped:
	pop qword [r8 + m_sysp]
	cfi_cfa_off 56
	add rsp, 40
	cfi_cfa_off 16
	pop rbp
	cfi_cfa_off 8
	cfi_same rbp
	; The processor's return stack still holds the call of __morestack. The ret below takes it
	; off.
	lea r11, [.off]
	push r11
	cfi_cfa_off 16
	db 0xf3 ; rep ret: gdb takes a plain ret for the end of the function
	ret
.off:
	cfi_cfa_off 8
	ret
.aside:
	cfi_cfa rsp, 64
	mov r9, [rsp + CB_ASIDE]
	and r9, -2
	mov [r8 + m_asideusp], r9
	lock or dword [r8 + m_claim], ClaimAside_
	jmp .popped
.segment:
	; the callback ran in a segment of its own: unlink it and keep the results
	cfi_cfa rsp, 64
	cfi_save rbp, 16
	mov r9, rsp
	cfi_cfa r9, 64
	push_all rax, rdx, rcx, r8
	cfi_cfa rsp, 96
	mov rdi, r11
	call segpop          ; (gp)
	lea r9, [rsp + 32]
	cfi_cfa r9, 64
	pop_all rax, rdx, rcx, r8
	jmp .back
.last:
	cfi_cfa rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
	cfi_lost r13
	cfi_lost r14
	cfi_lost r15
	and word [r11 + g_slow], ~SlowCallback_
	jmp .counted
.args:
	; copy r11 bytes of arguments to the same address modulo 64
	cfi_cfa r10, 64
	cfi_save rbx, 24
	cfi_same r12
	cfi_same r13
	cfi_same r14
	cfi_same r15
	push_all rsi, rcx
	mov rbx, rsp
	add r11, 7
	and r11, -8
	lea rsi, [r10 + CB_ARGS]
	copy_stackargs rsi, r11, rcx, ecx
	peek_all rbx, rsi, rcx
	jmp .enter
.lost:
	cfi_cfa_mem rbx, m_sysp, 64 ; rbx = m, whose sysp is the record; call_keeping_all uses r12
	push r12
	cfi_save r12, 72
	mov r12, rsp
	call_keeping_all cbenter, rbp
	mov rsp, r12
	cfi_cfa rsp, 72
	pop r12
	cfi_popped r12
	jmp .have
.grow:
	; make room on the goroutine's stack first, by C on the system stack below the record
	cfi_cfa rsp, 64
	push r12
	cfi_pushed r12
	push r13
	cfi_pushed r13
	mov r12, rsp
	cfi_cfa r12, 80
	mov r13, rax
	push r10
	push r11
	mov rax, r13
	save_args
	mov rdi, rbp
	mov rsi, [r12 - 8]
	add rsi, [r12 - 16]
	add rsi, 192
	mov qword TCB(TCB_GUARD), 0
	call cbgrow          ; (gp, bytes)
	restore_args
	mov rax, r13
	mov r10, [r12 - 8]
	mov r11, [r12 - 16]
	mov rsp, r12
	cfi_cfa rsp, 80
	pop r13
	cfi_popped r13
	pop r12
	cfi_popped r12
	jmp .room
endfunc
