; SPDX-License-Identifier: MIT
;
; resume.asm - a goroutine that gave way in a check continues there, perhaps on another m.
;
; preempt_m has put its registers into a regsave (giveway.inc).

%include "asm.inc"

; all_registers: loads every register of g rbx from its regsave, which becomes free.
%macro all_registers 0
	mov r11, [rbx + g_regs]
	lea rcx, [r11 + regs_xsave]
	restore_vectors rcx
	regsave_free
	lea r11, [r11 + regs_r]
	mov rax, [r11 + S_RAX]
	mov rdx, [r11 + S_RDX]
	mov rdi, [r11 + S_RDI]
	mov rsi, [r11 + S_RSI]
	mov rcx, [r11 + S_RCX]
	mov r8, [r11 + S_R8]
	mov r9, [r11 + S_R9]
	mov r10, [r11 + S_R10]
	mov rbx, [r11 + S_RBX]
	mov r12, [r11 + S_R12]
	mov r13, [r11 + S_R13]
	mov r14, [r11 + S_R14]
	mov r15, [r11 + S_R15]
	mov r11, [r11 + S_R11]
%endmacro

; preemptresume: a goroutine that gave way in a prologue continues there (morestack.asm).
landing preemptresume, crossing
	cfi_cfa rsp, 8
landed preemptresume
	mov rbx, TCB(TCB_G)
	all_registers
	inc qword [rsp]
	ret
endfunc

; pollresume: a goroutine that gave way in a loop continues behind the loop check (poll.asm).
landing pollresume, crossing
	cfi_cfa rsp, 8
landed pollresume
	mov rbx, TCB(TCB_G)
	all_registers
	ret
endfunc
