; SPDX-License-Identifier: MIT
;
; callon.asm - a call on a stack that belongs to no goroutine.

%include "asm.inc"

; void callon(char *top, void (*fn)(uintptr_t, uintptr_t, uintptr_t, uintptr_t), uintptr_t a,
; uintptr_t b, uintptr_t c, uintptr_t d): calls fn(a, b, c, d) on the stack that ends at top, a
; multiple of 16, and returns. Any stack. Keeps the System V callee-saved registers.
func callon
	endbr64
	frame_enter
	mov rax, rsi
	mov rsp, rdi
	mov rdi, rdx
	mov rsi, rcx
	mov rdx, r8
	mov rcx, r9
	call rax
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	ret
endfunc
