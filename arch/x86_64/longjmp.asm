; SPDX-License-Identifier: MIT
;
; longjmp.asm - the way back to a thrum_setjmp (setjmp.asm), from any stack.

%include "asm.inc"

extern longjmp_m

; void thrum_longjmp(jmp_buf b, int val): never returns. Any stack. longjmp, _longjmp and siglongjmp
; are the same.
api thrum_longjmp
	endbr64
	mov rbx, rdi
	mov r12d, esi
	mov r13, rsp
	cfi_cfa r13, 8
	cfi_lost rbx
	cfi_lost r12
	cfi_lost r13
	on_goroutine rax, rcx, .here
	mov rcx, [rax + g_m]
	mov rsp, [rcx + m_sysp]
	mov qword TCB(TCB_GUARD), 0
.here:
	sub rsp, 64
	and rsp, -16
	mov rsi, rsp
	left                 ; it frees segments
	crossing
	call longjmp_m       ; (b, long out[8]): fills rbx r12 r13 r14 r15 bp sp pc
	crossed thrum_longjmp
	unleft
	mov eax, r12d
	cmp eax, 1
	adc eax, 0           ; 0 becomes 1
	mov rsi, rsp
	cfi_cfa_mem rsi, 48, 0   ; from here on the unwinder finds the caller of setjmp
	cfi_at ra, rsi, 56
	cfi_at rbp, rsi, 40
	cfi_at rbx, rsi, 0
	cfi_at r12, rsi, 8
	cfi_at r13, rsi, 16
	cfi_at r14, rsi, 24
	cfi_at r15, rsi, 32
	mov rbx, [rsi]
	mov r12, [rsi + 8]
	mov r13, [rsi + 16]
	mov r14, [rsi + 24]
	mov r15, [rsi + 32]
	mov rbp, [rsi + 40]
	mov rdx, [rsi + 56]
	mov rsp, [rsi + 48]
	njmp rdx
endfunc

%macro same_as_longjmp 1
global %1:function
%1 equ thrum_longjmp
%endmacro
same_as_longjmp longjmp
same_as_longjmp _longjmp
same_as_longjmp siglongjmp
same_as_longjmp __longjmp_chk
