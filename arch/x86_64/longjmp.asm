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
	sub rsp, target_sizeof
	and rsp, -16
	mov rsi, rsp
	left                 ; it frees segments
	crossing
	call longjmp_m       ; (b, jumptarget *)
	crossed thrum_longjmp
	unleft
	mov eax, r12d
	cmp eax, 1
	adc eax, 0           ; 0 becomes 1
	mov rsi, rsp
	cfi_cfa_mem rsi, target_sp, 0   ; from here on the unwinder finds the caller of setjmp
	cfi_at ra, rsi, target_pc
	cfi_at rbp, rsi, target_bp
	cfi_at rbx, rsi, target_rbx
	cfi_at r12, rsi, target_r12
	cfi_at r13, rsi, target_r13
	cfi_at r14, rsi, target_r14
	cfi_at r15, rsi, target_r15
	mov rbx, [rsi + target_rbx]
	mov r12, [rsi + target_r12]
	mov r13, [rsi + target_r13]
	mov r14, [rsi + target_r14]
	mov r15, [rsi + target_r15]
	mov rbp, [rsi + target_bp]
	mov rdx, [rsi + target_pc]
	mov rsp, [rsi + target_sp]
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
