; SPDX-License-Identifier: MIT
;
; morestack.asm - the target of a failed stack check.
;
; The prologue of a function (LLVM's and gcc's alike) ends in
;
;	mov r10d, frame size     mov r11d, bytes of stack arguments
;	call __morestack
;	ret
;	body:
;
; The body runs when __morestack "returns" to one byte behind its return address. The place of rsp
; tells what happened:
;
;	on the goroutine's stack   the stack is too small, or the guard was poisoned:
;	                           newstack moves the stack, or links a segment when it is pinned
;	on the system stack of the m, in a foreign call, and the function is instrumented
;	                           a callback: the body runs on the goroutine's stack (callback.asm)
;	a plain thread             its foreign code calls its first instrumented function: plain.asm
;	anywhere else              a signal handler, or foreign code has switched stacks: the body
;	                           runs in place (core/stack/aside.c)
;
; The full stack gets three more words. The argument registers are kept on the system stack. Vector
; registers are not touched.

%include "asm.inc"
%include "giveway.inc"

extern newstack, preemptresume, thrum_ranges, segfree, callback, plainfirst

global __morestack:function
align 16
__morestack:
	cfi_proc __morestack
	push rax
	cfi_cfa_off 16
	push rbx
	cfi_cfa_off 24
	cfi_save rbx, 24
	mov rbx, TCB(TCB_G)
	test rbx, rbx
	jz .thread
	mov rax, rsp
	sub rax, [rbx + g_stacklo]
	cmp rax, [rbx + g_stacksize]
	jb .grow
	in_call rbx, rax, .inplace, .aside
	push rcx
	cfi_cfa_off 32
	mov rax, [thrum_ranges]
.range:
	cmp qword [rax + range_size], 0
	je .notours
	mov rcx, [rsp + 24]
	sub rcx, [rax + range_lo]
	add rax, range_sizeof
	cmp rcx, [rax + range_size - range_sizeof]
	jae .range
	pop rcx
	cfi_cfa_off 24
	pop rbx
	cfi_cfa_off 16
	cfi_same rbx
	pop rax
	cfi_cfa_off 8
	jmp callback
.notours:
	cfi_cfa_off 32
	cfi_save rbx, 24
	pop rcx
	cfi_cfa_off 24
	jmp .inplace
.aside:
	mark_aside rax, rbx
.inplace:
	pop rbx
	cfi_cfa_off 16
	cfi_same rbx
	pop rax
	cfi_cfa_off 8
	inc qword [rsp]
	ret

.thread:
	cfi_cfa_off 24
	cfi_save rbx, 24
	cmp qword TCB(TCB_GUARD), -1
	jne .inplace
	pop rbx
	cfi_cfa_off 16
	cfi_same rbx
	pop rax
	cfi_cfa_off 8
	jmp plainfirst

.grow:
	to_system
	mov rdx, [r10 + GIVEWAY_R11]
	mov rsi, [r10 + GIVEWAY_R10]
	mov qword TCB(TCB_GUARD), 0
	call newstack        ; (gp, frame, bytes of stack arguments): must the goroutine give way?
	test al, al
	jnz .preempt
	restore_args
	add rsp, 24
	mov r10, [rbx + g_guard]
	mov TCB(TCB_GUARD), r10
	mov r10, [rbx + g_sp]
	mov rbp, [rbx + g_bp]
	cfi_cfa r10, 8
	cfi_same rbp
	pop rbx
	cfi_same rbx
	mov rsp, r10
	cfi_cfa rsp, 8
	inc qword [rsp]
	ret

.preempt:
	give_way preemptresume
endfunc

; segreturn: a body that ran in a linked segment returns here, with its results in rax, rdx, rcx,
; xmm0 to xmm3 (any width), st0, st1. The segment below becomes the stack again; the segment that
; ends is kept as the spare. rbp -> the record's words fp, pc: a frame in the chain.
landing segreturn, crossing
	cfi_cfa_mem rbp, seg_sp - seg_fp, 0
	cfi_at rbp, rbp, 0
landed segreturn
	mov rsi, TCB(TCB_G)
	mov r8, [rsi + g_stacklo]
	mov r9, [rsi + g_stacksize]
	lea r10, [r8 + r9 - seg_size]  ; the record
	mov r11, [r10 + seg_guard]
	mov [rsi + g_guard], r11
	mov TCB(TCB_GUARD), r11
	mov r11, [r10 + seg_lo]
	mov [rsi + g_stacklo], r11
	mov r11, [r10 + seg_sz]
	mov [rsi + g_stacksize], r11
	mov r11, [r10 + seg_seg]
	mov [rsi + g_seg], r11
	mov r11d, [r10 + seg_pin]
	mov [rsi + g_pin], r11d
	dec dword [rsi + g_nseg]
	mov rsp, [r10 + seg_sp]        ; the caller's return address is below it
	mov rbp, [rbp]
	cfi_cfa rsp, 0
	cfi_same rbp
	cmp qword [rsi + g_segspare], 0
	jne .free
	mov [rsi + g_segspare], r8
	mov [rsi + g_segsparesize], r9
	njmp [rsp - 8]
.free:
	; give the ending segment back on the system stack and keep the results
	mov r11, [rsi + g_m]
	mov r10, rsp
	cfi_cfa r10, 0
	mov rsp, [r11 + m_sysp]
	push_all rax, rdx, rcx, rcx, r10, rsi
	cfi_cfa_mem rsp, 8, 0          ; the r10 there
	mov rdi, r8
	mov rsi, r9
	mov qword TCB(TCB_GUARD), 0
	crossing
	call segfree
	crossed segreturn
	mov r10, [rsp + 8]
	cfi_cfa r10, 0
	pop_all rax, rdx, rcx, rcx, r10, rsi
	mov r11, [rsi + g_guard]
	mov TCB(TCB_GUARD), r11
	mov rsp, r10
	cfi_cfa rsp, 0
	njmp [rsp - 8]
endfunc

; thrum_morestack: shared objects enter __morestack through it (core/base/module.c).
api thrum_morestack
	jmp __morestack
endfunc

; Objects made by gcc -fsplit-stack or LLVM may call this routine too: memory for alloca.
extern ualloca_slow
api __morestack_allocate_stack_space
	mov esi, 16
	jmp thrum_ualloca
	extern thrum_ualloca
endfunc
