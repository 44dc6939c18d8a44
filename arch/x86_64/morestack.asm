; SPDX-License-Identifier: MIT
;
; morestack.asm - what a failed stack check reaches.
;
; The prologue of a function (LLVM's and gcc's alike) ends in
;
;	mov r10d, frame size     mov r11d, bytes of stack arguments
;	call __morestack
;	ret
;	body:
;
; The body runs when __morestack "returns" to one byte behind its return address.
; Where rsp is tells what happened:
;
;	on the goroutine's stack   it is too small, or somebody poisoned the guard:
;	                           newstack moves it, or links a segment when it is pinned
;	on the system stack of the m, in a foreign call, and the function is instrumented
;	                           a callback: the body runs on the goroutine's stack
;	anywhere else              a signal handler, a thread of its own: in place
;
; A callback leaves its record on the system stack and the goroutine's frames in one
; rbp chain: the body's frame follows the frame of the foreign call it came through.
;
; The stack that is full gets three words; the argument registers are kept on the system
; stack, vector registers are not touched.

%include "asm.inc"

extern newstack, cbgrow, thrum_ranges, segfree, segpop, sched

FC_FRAME equ 64

; save_args / restore_args: the argument registers on the system stack, rsp a multiple
; of 16 afterwards. The C behind it (grow.c, stack.c) uses no vector registers.
%macro save_args 0
	push_all rax, ARGREGS
	mov r10, rsp
	sub rsp, 8
	and rsp, -16
	mov [rsp], r10
%endmacro

%macro restore_args 0
	mov rsp, [rsp]
	pop_all rax, ARGREGS
%endmacro

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
	jz .inplace
	mov rax, rsp
	sub rax, [rbx + g_stacklo]
	cmp rax, [rbx + g_stacksize]
	jb .grow
	cmp dword [rbx + g_incall], 0
	je .inplace
	mov rax, [rbx + g_m]
	cmp rsp, [rax + m_sysp]
	ja .inplace
	mov rax, [rax + m_sysstack]
	cmp rsp, [rax + ss_lo]
	jb .inplace
	push rcx
	cfi_cfa_off 32
	lea rax, [thrum_ranges]
.range:
	cmp qword [rax + 8], 0
	je .notours
	mov rcx, [rsp + 24]
	sub rcx, [rax]
	add rax, 16
	cmp rcx, [rax - 8]
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
.inplace:
	pop rbx
	cfi_cfa_off 16
	cfi_same rbx
	pop rax
	cfi_cfa_off 8
	inc qword [rsp]
	ret

; rbx = g. On its stack: rbx, rax, back to the prologue, back to the caller. rbp marks
; that place for debuggers until the stack has moved.
.grow:
	cfi_cfa_off 24
	cfi_save rbx, 24
	push rbp
	cfi_pushed rbp
	mov rbp, rsp
	cfi_cfa rbp, 32
	lea rax, [rbp + 24]
	mov [rbx + g_sp], rax ; points to the return address into the prologue
	mov rax, [rbp]
	mov [rbx + g_bp], rax
	cfi_cfa_mem rbx, g_sp, 8
	cfi_at rbp, rbx, g_bp
	mov rax, [rbx + g_m]
	mov rsp, [rax + m_sysp]
	push qword [rbp + 8] ; rbx
	cfi_at_sys rbx, rbx, 8
	push rax             ; m
	push r10
	push r11
	mov rax, [rbp + 16]
	save_args
	mov rdi, rbx
	mov rdx, [r10 + 7 * 8]
	mov rsi, [r10 + 8 * 8]
	mov qword TCB(TCB_GUARD), 0
	call newstack        ; (gp, frame, bytes of stack arguments)
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
endfunc

; segreturn: a body that ran in a linked segment returns here, with its results in
; rax, rdx, xmm0, xmm1 (any width), st0, st1. The segment below comes back, the segment
; that ends is kept as the spare. rbp -> the record's words fp, pc: a frame in the chain.
landing segreturn, crossing
	cfi_cfa_mem rbp, seg_sp - seg_fp, 0
	cfi_at rbp, rbp, 0
landed segreturn
	mov rcx, TCB(TCB_G)
	mov r8, [rcx + g_stacklo]
	mov r9, [rcx + g_stacksize]
	lea r10, [r8 + r9 - seg_size]  ; the record
	mov r11, [r10 + seg_guard]
	mov [rcx + g_guard], r11
	mov TCB(TCB_GUARD), r11
	mov r11, [r10 + seg_lo]
	mov [rcx + g_stacklo], r11
	mov r11, [r10 + seg_sz]
	mov [rcx + g_stacksize], r11
	mov r11, [r10 + seg_seg]
	mov [rcx + g_seg], r11
	mov r11d, [r10 + seg_pin]
	mov [rcx + g_pin], r11d
	dec dword [rcx + g_nseg]
	mov rsp, [r10 + seg_sp]        ; the caller's return address is below it
	mov rbp, [rbp]
	cfi_cfa rsp, 0
	cfi_same rbp
	cmp qword [rcx + g_segspare], 0
	jne .free
	mov [rcx + g_segspare], r8
	mov [rcx + g_segsparesize], r9
	njmp [rsp - 8]
.free:
	; give the ending segment back, on the system stack, results kept
	mov r11, [rcx + g_m]
	mov r10, rsp
	cfi_cfa r10, 0
	mov rsp, [r11 + m_sysp]
	push_all rax, rdx, r10, rcx
	cfi_cfa_mem rsp, 8, 0          ; the r10 there
	mov rdi, r8
	mov rsi, r9
	mov qword TCB(TCB_GUARD), 0
	crossing
	call segfree
	crossed segreturn
	mov r10, [rsp + 8]
	cfi_cfa r10, 0
	pop_all rax, rdx, r10, rcx
	mov r11, [rcx + g_guard]
	mov TCB(TCB_GUARD), r11
	mov rsp, r10
	cfi_cfa rsp, 0
	njmp [rsp - 8]
endfunc

; callback: an instrumented body is wanted by foreign code. On the system stack: back to
; the prologue, back to the foreign caller, stack arguments; r10 = frame, r11 = bytes of
; arguments; rax is free, because only functions that are not variadic come here.
;
; The record that remembers the way back lies on the system stack at m.sysp:
CB_PREV equ 0   ; m.sysp before
CB_BPREL equ 8  ; end of the segment - g.sched.bp: the foreign call's frame
CB_USP equ 16
CB_PIN equ 24   ; pin, nseg
CB_PAD equ 32
CB_RBX equ 40   ; for the entry below only
CB_RBP equ 48   ; the foreign caller's
CB_RET equ 56   ; back to the foreign caller
CB_ARGS equ 64
	align 16
callback:
	cfi_proc callback
	pop rax ; CFA stays rsp + 8: now the foreign caller's return address is on top
	inc rax
	push rbp
	cfi_cfa_off 16
	cfi_save rbp, 16
	mov rbp, TCB(TCB_G)
	push rbx
	cfi_cfa_off 24
	cfi_save rbx, 24
	sub rsp, 16
	cfi_cfa_off 40
	mov ebx, [rbp + g_pin]
	mov [rsp], ebx
	mov ebx, [rbp + g_nseg]
	mov [rsp + 4], ebx
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
	; room for the arguments and the frame?
	lea rbx, [r10 + r11 + 192]
	neg rbx
	add rbx, [rbp + g_sp]
	cmp rbx, [rbp + g_guard]
	jb .grow
.room:
	mov dword [rbp + g_incall], 0
	inc dword [rbp + g_ncallback]
	inc qword [sched + sched_callbacks]
	or word [rbp + g_slow], 1
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
	; For debuggers the body's caller is who made the foreign call: the frames of the foreign
	; code have a stale rbp once the stack has moved.
	cfi_cfa rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
	cfi_lost r13
	cfi_lost r14
	cfi_lost r15
	crossing
	call rax
	crossed callback
	; home again: results in rax, rdx, xmm0, xmm1, st0, st1
	mov rcx, TCB(TCB_G)
	lea r8, [rbp - FC_FRAME]
	mov [rcx + g_sp], r8
	mov [rcx + g_bp], rbp
	dec dword [rcx + g_ncallback]
	jz .last
.counted:
	mov dword [rcx + g_incall], 1
	mov r8, [rcx + g_m]
	mov r9, [r8 + m_errnop]
	mov r10d, [rcx + g_err]
	mov [r9], r10d
	mov qword TCB(TCB_GUARD), -1
	mov rsp, [r8 + m_sysp]
	cfi_cfa rsp, 64
	cfi_same rbx
	cfi_same r12
	cfi_same r13
	cfi_same r14
	cfi_same r15
	mov r10d, [rsp + CB_PIN + 4]
	cmp r10d, [rcx + g_nseg]
	jne .segment
.back:
	pop qword [r8 + m_sysp]
	cfi_cfa_off 56
	add rsp, 40
	cfi_cfa_off 16
	pop rbp
	cfi_cfa_off 8
	cfi_same rbp
	; The processor's return stack still holds the call of __morestack: take it off.
	lea rcx, [.off]
	push rcx
	cfi_cfa_off 16
	db 0xf3 ; gdb takes a plain ret for the end of the function
	ret
.off:
	cfi_cfa_off 8
	ret
.segment:
	; the callback ran in a segment of its own: unlink it, results kept
	cfi_cfa rsp, 64
	cfi_save rbp, 16
	mov r9, rsp
	cfi_cfa r9, 64
	push_all rax, rdx, rcx, r8
	cfi_cfa rsp, 96
	mov rdi, rcx
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
	and word [rcx + g_slow], ~1
	jmp .counted
.args:
	; copy r11 bytes of arguments, same address modulo 64
	cfi_cfa r10, 64
	cfi_save rbx, 24
	cfi_same r12
	cfi_same r13
	cfi_same r14
	cfi_same r15
	push rdi
	push rsi
	push rcx
	mov rbx, rsp
	add r11, 7
	and r11, -8
	sub rsp, r11
	lea rsi, [r10 + CB_ARGS]
	mov rcx, rsp
	sub rcx, rsi
	and ecx, 63
	sub rsp, rcx
	mov rdi, rsp
.copy:
	mov rcx, [rsi + r11 - 8]
	mov [rdi + r11 - 8], rcx
	sub r11, 8
	jnz .copy
	mov rcx, [rbx]
	mov rsi, [rbx + 8]
	mov rdi, [rbx + 16]
	jmp .enter
.grow:
	; make room on the goroutine's stack first: C on the system stack, below the record
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

; void thrum_pin(void): makes THRUM_PIN_ROOM bytes of room, then forbids the stack to
; move; thrum_unpin allows it again. First and last act of a frame that holds an
; absolute address. Off a goroutine's stack both do nothing. Keep all but rax, rcx, r10, r11.
api thrum_pin
	on_goroutine rax, rcx, .ret
	lea rcx, [rsp - PIN_ROOM]
	cmp rcx, TCB(TCB_GUARD)
	jbe .more
.pin:
	inc dword [rax + g_pin]
.ret:
	ret
.more:
	cmp dword [rax + g_pin], 0
	jne .pin                 ; it cannot move anyway: deeper calls link a segment
	mov r10d, PIN_ROOM
	xor r11d, r11d
	call __morestack
	ret
	mov rax, TCB(TCB_G)
	jmp .pin
endfunc

; void thrum_pin_here(void): the same without making room, for a frame whose addresses are
; in registers already.
api thrum_pin_here
	on_goroutine rax, rcx, .ret
	inc dword [rax + g_pin]
.ret:
	ret
endfunc

api thrum_unpin
	on_goroutine rcx, r10, .ret
	dec dword [rcx + g_pin]
.ret:
	ret
endfunc

; thrum_morestack: what shared objects enter __morestack by (core/base/module.c).
api thrum_morestack
	jmp __morestack
endfunc

; What objects of gcc -fsplit-stack and LLVM may name besides: memory for alloca.
extern ualloca_slow
api __morestack_allocate_stack_space
	mov esi, 16
	jmp thrum_ualloca
	extern thrum_ualloca
endfunc
