; SPDX-License-Identifier: MIT
;
; setjmp.asm - setjmp and longjmp over stacks that move.
;
; Set on a goroutine's stack, a jmp_buf holds (struct jmpbuf, core/stack/jmpbuf.h) the
; callee-saved registers, sp and bp as distances from the end of the segment, and
; what of the g must come back: usp, pins, segments, callbacks. A magic number stands
; where glibc keeps its mangled pc, so each side recognises a buffer of the other: foreign
; code may longjmp to it, through the interposed names. Set anywhere else it has glibc's form.

%include "asm.inc"

extern longjmp_m

; int thrum_setjmp(jmp_buf b) and thrum_sigsetjmp(sigjmp_buf b, int savemask)
api thrum_sigsetjmp
	mov [rdi + JB_SAVED], esi
	test esi, esi
	jz thrum_setjmp.go
	push rdi
	cfi_cfa_off 16
	lea rdx, [rdi + JB_MASK]
	xor edi, edi
	xor esi, esi
	mov r10d, 8
	mov eax, 14 ; rt_sigprocmask(SIG_BLOCK, NULL, &mask, 8)
	syscall
	pop rdi
	cfi_cfa_off 8
	jmp thrum_setjmp.go
endfunc

api thrum_setjmp
	mov dword [rdi + JB_SAVED], 0
.go:
	mov [rdi + JB_RBX], rbx
	lea rcx, [rsp + 8]
	mov rax, TCB(TCB_G)
	test rax, rax
	jz .absolute
	mov rdx, rcx
	sub rdx, [rax + g_stacklo]
	cmp rdx, [rax + g_stacksize]
	ja .absolute
	mov [rdi + JB_R12], r12
	mov [rdi + JB_R13], r13
	mov [rdi + JB_R14], r14
	mov [rdi + JB_R15], r15
	mov rdx, [rax + g_stacklo]
	add rdx, [rax + g_stacksize]
	mov rsi, rdx
	sub rdx, rcx
	shr rdx, 3
	mov [rdi + JB_SP], edx
	sub rsi, rbp
	shr rsi, 3
	mov [rdi + JB_BP], esi
	mov rdx, [rsp]
	mov [rdi + JB_PC], rdx
	mov rdx, JB_MAGIC
	mov [rdi + JB_MAGICW], rdx
	mov rdx, TCB(TCB_USP)
	mov [rdi + JB_USP], rdx
	mov edx, [rax + g_goid]
	mov [rdi + JB_GOID], edx
	mov edx, [rax + g_npanic]
	mov [rdi + JB_NPANIC], edx
	mov rdx, [rax + g_defertop]
	lea rcx, [rdi + JB_MASK]
	lea rsi, [rdi + JB_TOPMASKED]
	cmp dword [rdi + JB_SAVED], 0
	cmovne rcx, rsi
	mov [rcx], rdx
	mov edx, [rax + g_pin]
	mov [rdi + JB_PIN], edx
	mov edx, [rax + g_nseg]
	mov [rdi + JB_NSEG], edx
	mov edx, [rax + g_ncallback]
	mov [rdi + JB_NCB], edx
	cmp byte [rax + g_stackkind], StackFixed_
	jne .set
	mov [rdi + JB_PIN], rbp ; may be anything there; pin and nseg mean nothing
.set:
	xor eax, eax
	ret
.absolute:
	; glibc: rbx, rbp, r12-r15, rsp, pc; three of them xored with the pointer guard and rotated
	mov [rdi + 2 * 8], r12
	mov [rdi + 3 * 8], r13
	mov [rdi + 4 * 8], r14
	mov [rdi + 5 * 8], r15
	mov rax, rbp
	mov rdx, [rsp]
	xor rax, fs:[0x30]
	xor rcx, fs:[0x30]
	xor rdx, fs:[0x30]
	rol rax, 17
	rol rcx, 17
	rol rdx, 17
	mov [rdi + 1 * 8], rax
	mov [rdi + 6 * 8], rcx
	mov [rdi + 7 * 8], rdx
	xor eax, eax
	ret
endfunc

; void thrum_longjmp(jmp_buf b, int val): any stack; also longjmp, _longjmp, siglongjmp.
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
	crossing
	call longjmp_m       ; (b, long out[8]): fills rbx r12 r13 r14 r15 bp sp pc
	crossed thrum_longjmp
	mov eax, r12d
	cmp eax, 1
	adc eax, 0           ; 0 becomes 1
	mov rsi, rsp
	cfi_cfa_mem rsi, 48, 0   ; from here on the caller is who called setjmp
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
