; SPDX-License-Identifier: MIT
;
; quick.asm - quick foreign calls: they change the stack and errno, and nothing else.

%include "asm.inc"

extern quickpoll

; take_errno: copies the thread's errno, which may have been set, to the goroutine. Clobbers r10,
; r11.
%macro take_errno 0
	mov r10, TCB(TCB_G)
	mov r11, [r10 + g_m]
	mov r11, [r11 + m_errnop]
	mov r11d, [r11]
	mov [r10 + g_err], r11d
%endmacro

; thrum_quickcall: as thrum_foreigncall, for the few functions of libc that neither block nor call
; back, and that set errno only when they return NULL (calls.cpp: isQuick). Only the stack changes.
; A result that is no pointer may look like NULL; then errno is copied in vain.
api thrum_quickcall
	frame_enter
.begun:
	on_goroutine r10, rax, .direct
	mov rax, [r10 + g_m]
	mov r10d, [r10 + g_err]
	mov rsp, [rax + m_sysp]
	mov rax, [rax + m_errnop]
	mov [rax], r10d
	crossing
	call r11
	crossed thrum_quickcall
.back:
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	test rax, rax
	jz .null
	ret
.null:
	take_errno
	ret
.direct:
	cfi_cfa rbp, 16
	cfi_save rbp, 16
	frame_leave
	jmp r11
endfunc

; quickaway: a quick foreign call returns here when a signal has come during it (preempt.c). It ends
; as above, and then the goroutine gives way if it may.
landing quickaway, crossing
	cfi_cfa rbp, 16
	cfi_save rbp, 16
landed quickaway
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	test rax, rax
	jnz quickpoll
	take_errno
	jmp quickpoll
endfunc

section .data.rel.ro progbits alloc noexec write align=8
global quickbegun:data hidden
global quickback:data hidden
quickbegun: dq thrum_quickcall.begun
quickback: dq thrum_quickcall.back
section .text
