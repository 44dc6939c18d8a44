; SPDX-License-Identifier: MIT
;
; icall.asm - calls through a pointer: in place for instrumented code, across for foreign code.

%include "asm.inc"

extern thrum_ranges, thrum_foreigncall

; thrum_icall: an indirect call whose target is outside the module's instrumented text: r10 = target
; | units of 16 bytes << ICALL_SHIFT. Instrumented code of another module, and the runtime, are
; called in place.
api thrum_icall
	mov r11, r10
	shl r11, 16
	sar r11, 16
	push rax
	cfi_cfa_off 16
	push rbx
	cfi_pushed rbx
	mov rbx, [thrum_ranges]
.next:
	cmp qword [rbx + range_size], 0
	je .foreign
	mov rax, r11
	sub rax, [rbx + range_lo]
	add rbx, range_sizeof
	cmp rax, [rbx + range_size - range_sizeof]
	jae .next
	cfi_remember
	pop rbx
	cfi_popped rbx
	pop rax
	cfi_cfa_off 8
	jmp r11
	cfi_restore
	cfi_cfa_off 24
.foreign:
	pop rbx
	cfi_popped rbx
	pop rax
	cfi_cfa_off 8
	shr r10, ICALL_SHIFT
	jz thrum_foreigncall ; r10 = 0: no tag
	shl r10d, 4
	push rax
	cfi_cfa_off 16
	mov rax, ARGS_TAG << 32
	or r10, rax
	pop rax
	cfi_cfa_off 8
	jmp thrum_foreigncall
endfunc

; void calluser(void (*fn)(void), void *a, void *b)
func calluser
	mov r10, rdi
	mov rdi, rsi
	mov rsi, rdx
	jmp thrum_icall
endfunc
