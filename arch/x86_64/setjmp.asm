; SPDX-License-Identifier: MIT
;
; setjmp.asm - setjmp for stacks that move; longjmp.asm is the way back.
;
; If it was set on a goroutine's stack, a jmp_buf holds the callee-saved registers, and sp and bp as
; distances from the end of the segment (struct jmpbuf, core/panic/jmpbuf.h). It also holds the
; state of the g to restore: usp, pins, segments and callbacks. A magic number stands where glibc
; keeps its mangled pc, so each side recognises a buffer of the other. Foreign code may longjmp to
; it, through the interposed names. If it was set anywhere else, the buffer has glibc's form.

%include "asm.inc"

section thrum_leaf progbits alloc exec nowrite align=16 ; leaf.asm

; int thrum_setjmp_whole(jmp_buf b): setjmp, with all bytes of b filled. A conservative collector
; looks for its caller's registers in the buffer. The function that calls this routine may have
; pushed them, to use the registers itself. The pushes are next to rbp. If it pushed none, any words
; will do.
api thrum_setjmp_whole
	mov rax, rbp
	sub rax, rsp
	cmp rax, 1 << 20
	ja thrum_setjmp ; not a frame pointer
%assign i 1
%rep 5
	mov rdx, [rbp - 8 * i]
	mov [rdi + JB_TOPMASKED + 8 * i], rdx
%assign i i + 1
%endrep
	jmp thrum_setjmp
endfunc

; int thrum_setjmp(the first 104 bytes of a jmp_buf), int thrum_sigsetjmp(sigjmp_buf b, int
; savemask)
api thrum_sigsetjmp
	mov [rdi + JB_SAVED], esi
	test esi, esi
	jz thrum_setjmp.go
	mov r8, rdi
	lea rdx, [rdi + JB_MASK]
	xor edi, edi
	xor esi, esi
	mov r10d, 8
	mov eax, 14 ; rt_sigprocmask(SIG_BLOCK, NULL, &mask, 8)
	syscall
	mov rdi, r8
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
	mov [rdi + JB_PIN], rbp ; may be any value there; pin and nseg mean nothing
.set:
	xor eax, eax
	ret
.absolute:
	; glibc's form: rbx, rbp, r12-r15, rsp, pc; rbp, rsp and pc are xored with the pointer guard
	; and rotated
	mov [rdi + GB_R12], r12
	mov [rdi + GB_R13], r13
	mov [rdi + GB_R14], r14
	mov [rdi + GB_R15], r15
	mov rax, rbp
	mov rdx, [rsp]
	xor rax, fs:[0x30]
	xor rcx, fs:[0x30]
	xor rdx, fs:[0x30]
	rol rax, 17
	rol rcx, 17
	rol rdx, 17
	mov [rdi + GB_BP], rax
	mov [rdi + GB_SP], rcx
	mov [rdi + GB_PC], rdx
	xor eax, eax
	ret
endfunc
