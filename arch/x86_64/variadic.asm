; SPDX-License-Identifier: MIT
;
; variadic.asm - the beginning of a variadic function.
;
; The pass splits `int f(int a, ...)` into a shell and a body. The shell has three instructions: it
; loads the constants of f into r10 and r11 and jumps here. The body has no "...", so it is an
; ordinary function. It finds a list of arguments at usp, in the form that va_start makes:
;
;	usp + 0    gp_offset, fp_offset    r10 of the shell
;	    + 8    overflow_arg_area       the stack arguments, above the shell's return address
;	    + 16   reg_save_area           = usp + 32
;	    + 32   rdi rsi rdx rcx r8 r9, xmm0 to xmm7
;
; All of it is unsafe frame, which never moves, except the stack arguments. Their address is
; absolute, so the stack is pinned until the body has returned. The routine uses two words of the
; stack beside the frame pointer, whatever the function.

%include "asm.inc"

extern __morestack, uframe_slow

VA_OFFSETS equ 0
VA_OVERFLOW equ 8
VA_SAVED equ 16
VA_AREA equ 32
VA_XMM equ VA_AREA + 48

; thrum_variadic: reached by a jump from a shell. r11 = body, r10 = the first word of the list; all
; argument registers and al are live. Any stack; off a goroutine's stack, nothing is pinned. The
; body gets all argument registers but al, and its results are kept. Keeps the System V callee-saved
; registers. If the guard is ~0, this may be the outermost call of a plain thread.
api thrum_variadic
	cmp qword TCB(TCB_GUARD), -1
	je variadicfirst
.enter:
	frame_enter
	push r11
	push r10
	on_goroutine r10, r11, .usp
	lea r11, [rsp - PIN_ROOM]
	cmp r11, TCB(TCB_GUARD)
	jbe .more
.pin:
	inc dword [r10 + g_pin]
.usp:
	mov r11, TCB(TCB_USP)
	cmp r11w, VA_BYTES
	jb .slow
	lea r10, [r11 - VA_BYTES]
	mov TCB(TCB_USP), r10    ; first: a signal handler takes unsafe frames below usp
%assign i 0
%macro keep_args 1-*
%rep %0
	mov [r10 + VA_AREA + 8 * i], %1
%assign i i + 1
%rotate 1
%endrep
%endmacro
	keep_args ARGREGS
	test al, al
	jz .kept
%assign i 0
%rep 8
	movaps [r10 + VA_XMM + 16 * i], xmm %+ i
%assign i i + 1
%endrep
.kept:
	lea rax, [rbp + 16]
	mov [r10 + VA_OVERFLOW], rax
	lea rax, [r10 + VA_AREA]
	mov [r10 + VA_SAVED], rax
	pop qword [r10 + VA_OFFSETS]
	mov rax, [rsp]
	mov [rsp], r11
	sub rsp, 8
	call rax
	mov r10, [rbp - 8]
	mov TCB(TCB_USP), r10
	on_goroutine r10, r11, .unpinned
	dec dword [r10 + g_pin]
.unpinned:
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	ret
	cfi_cfa rbp, 16
	cfi_save rbp, 16
.more:
	cmp dword [r10 + g_pin], 0
	jne .pin                 ; it cannot move anyway: deeper calls link a segment
	mov r10d, PIN_ROOM
	xor r11d, r11d
	call __morestack
	ret
	mov r10, TCB(TCB_G)
	jmp .pin
.slow:
	; C finds a chunk with room, on the system stack; all registers of the call are kept there
	on_goroutine r10, r11, .here
	mov r10, [r10 + g_m]
	mov rsp, [r10 + m_sysp]
	mov qword TCB(TCB_GUARD), 0
.here:
	save_args
	sub rsp, 128
%assign i 0
%rep 8
	movaps [rsp + 16 * i], xmm %+ i
%assign i i + 1
%endrep
	mov edi, VA_BYTES
	lea r8, [uframe_slow]
	race_ignored
	crossing
	call r8
	crossed thrum_variadic
	mov TCB(TCB_USP), rax
	race_heeded
%assign i 0
%rep 8
	movaps xmm %+ i, [rsp + 16 * i]
%assign i i + 1
%endrep
	add rsp, 128
	restore_args
	lea rsp, [rbp - 16]
	on_goroutine r10, r11, .usp
	mov r11, [r10 + g_guard]
	mov TCB(TCB_GUARD), r11
	jmp .usp
endfunc

; variadicfirst: as thrum_variadic, where the guard is ~0. On a goroutine, it makes the mark
; (mark_aside) and no more. If foreign code of a plain thread is the caller, the rest runs with room
; for unsafe frames (plain.asm), as a function without stack arguments. So fix is called in the
; place of the body. It tells the list where the stack arguments are: above the frame of this
; routine, the second one up from the frame of fix's caller.
func variadicfirst
	cmp qword TCB(TCB_G), 0
	jne .aside
	frame_enter
	push r11
	push r10
	call .first
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	ret
	cfi_cfa rbp, 16
	cfi_save rbp, 16
.first:
	xor r10d, r10d
	xor r11d, r11d
	call __morestack
	ret
	cfi_cfa rsp, 8
	cfi_same rbp
	mov r10, [rbp]
	mov r10, [r10 - 16]
	lea r11, [.fix]
	jmp thrum_variadic.enter
.fix:
	mov r11, [rbp]
	mov r11, [r11]
	lea rax, [r11 + 16]
	mov r10, TCB(TCB_USP)
	mov [r10 + VA_OVERFLOW], rax
	njmp [r11 - 8]
.aside:
	; as in __morestack, which the body's prologue would reach too late
	push rax
	cfi_cfa_off 16
	push rbx
	cfi_pushed rbx
	on_goroutine rbx, rax, .off
	jmp .on
.off:
	in_call rbx, rax, .on, .mark
	jmp .on
.mark:
	mark_aside rax, rbx
.on:
	pop rbx
	cfi_popped rbx
	pop rax
	cfi_cfa_off 8
	jmp thrum_variadic.enter
endfunc
