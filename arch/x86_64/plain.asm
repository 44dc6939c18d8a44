; SPDX-License-Identifier: MIT
;
; plain.asm - foreign code of a plain thread calls instrumented code (core/stack/plain.c).
;
; While a thread that pthread_create has started runs foreign code only, its guard is ~0. So the
; stack check of its outermost instrumented function fails, and __morestack comes here. The function
; runs below its caller as usual, with room for unsafe frames between the two. Meanwhile the guard
; is 0. When the function returns, the unsafe frames end.

%include "asm.inc"

extern plainbegin, plainframes, plainend
cfi_personality cie_plain, unwindplain

; plainfirst: stack from the top: back to the prologue, back to the caller, stack arguments. r11 =
; bytes of arguments. The body's results are in rax, rdx, rcx, and in registers that this routine
; does not touch.
func plainfirst, cie_plain
	pop r10 ; CFA stays rsp + 8: now the caller's return address is on top
	inc r10
	push rbp
	cfi_cfa_off 16
	cfi_save rbp, 16
	mov rbp, rsp
	cfi_cfa rbp, 16
	push_all rdi, rsi, rdx, rcx, r8, r9, rax, r11, r10, r10
	mov qword TCB(TCB_GUARD), 0
	mov rdi, rsp
	call plainbegin
	mov rdi, rax
	sub rax, 128
	sub rax, [rbp - 64]
	and rax, -64         ; below the room the arguments lie at the same place modulo 64
	lea rcx, [rbp + 16]
	and ecx, 63
	lea rsp, [rax + rcx]
	call plainframes
	mov rcx, [rbp - 64]
	shr ecx, 3
	lea rsi, [rbp + 16]
	mov rdi, rsp
	rep movsq
	mov rdi, [rbp - 8]
	mov rsi, [rbp - 16]
	mov rdx, [rbp - 24]
	mov rcx, [rbp - 32]
	mov r8, [rbp - 40]
	mov r9, [rbp - 48]
	mov rax, [rbp - 56]
	call [rbp - 72]
	push_all rax, rdx, rcx, rcx
	call plainend        ; the guard is ~0 again
	pop_all rax, rdx, rcx, rcx
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	ret
endfunc
