; SPDX-License-Identifier: MIT
;
; aside.asm - foreign calls on a stack to which foreign code has switched (core/stack/aside.c).

%include "asm.inc"
%include "foreign.inc"

extern asidecheck

; asidecall: a foreign call by instrumented code that itself runs within a foreign call, on a stack
; that is neither the goroutine's nor that of a callback (core/stack/aside.c). foreign_body jumps
; here: its frame stands, rbx and r12 are free.
func asidecall
	cfi_foreign
	mov rbx, TCB(TCB_USP)
	ror r10, 32
	cmp r10d, ARGS_TAG
	je .stackargs
.go:
	call r11
	xor r10d, r10d       ; no tag that a later call could take for its own
	cmp rbx, TCB(TCB_USP)
	jne .other
.same:
	; Another foreign call may be the innermost one now. The runtime's code, where the guard is
	; 0, has its own frames.
	cmp qword TCB(TCB_GUARD), -1
	jne .marked
	mov r12, TCB(TCB_G)
	test r12, r12
	jz .marked
	mov r12, [r12 + g_m]
	cmp dword [r12 + m_incall], 0
	je .marked
	mark_aside r12, r11
.marked:
	lea rsp, [rbp - 16]
	foreign_leave
	ret
	cfi_foreign
.other:
	push_all rax, rdx, rcx, rcx
	mov rdi, rbx
	call asidecheck      ; (usp at the call)
	pop_all rax, rdx, rcx, rcx
	xor r10d, r10d
	jmp .same
.stackargs:
	shr r10, 32
	add r10, 7
	and r10, -8
	lea r12, [rbp + 16]
	copy_stackargs r12, r10, rbx, ebx
	mov rbx, TCB(TCB_USP)
	jmp .go
endfunc
