; SPDX-License-Identifier: MIT
;
; foreign.asm - instrumented code calls foreign code.
;
;	goroutine's stack                     system stack
;	+---------------------------+
;	| stack arguments           |  ---->  | copied, same address modulo 64 |
;	| return address            |         | return address (here)          |
;	| rbp                  <-rbp |         | the foreign function's frame   |
;	| rbx, r12                  |
;	| rdi rsi rdx rcx r8 r9     |
;	| r13 r14 r15               | g.sched.sp: what a walk over stacks sees (core/sched/scan.h)
;	+---------------------------+
;
; During the call the guard is ~0, so the first instrumented prologue that foreign code reaches
; enters __morestack, which brings the call to the goroutine's stack (morestack.asm). That may move
; this stack. So after the call rsp and rbp come from the g, never from the register that foreign
; code has kept.
;
; The call begins and ends with plain stores and two compares, although the p may be taken away
; meanwhile: syscall.c has the protocol.
;
; errno belongs to the goroutine. It is stored to the thread's errno before the call and read from
; there afterwards.

%include "asm.inc"
%include "foreign.inc"

extern thrum_text_lo, thrum_text_size, sched, asidecall
extern entersyscallblock, exitsyscall, sysmonkick, sigwait_m

; Where this thread's frames lie, if pthread_create has started it (core/stack/plain.c).
section .tbss
global plainstack:data hidden
plainstack: resb plainstack_sizeof
section .text

cfi_personality cie_foreign, unwindforeign

; foreign_body NAME, BLOCKS: the body of both kinds of foreign calls.
%macro foreign_body 2
	frame_enter
	push rbx
	push r12
	cfi_save rbx, 24
	cfi_save r12, 32
	on_goroutine rbx, r12, .direct
	mov r12, r11
	sub r12, [thrum_text_lo]
	cmp r12, [thrum_text_size]
	jb .direct
	push_all ARGREGS, r13, r14, r15, r15 ; the last keeps the alignment
	mov [rbx + g_sp], rsp
	mov [rbx + g_bp], rbp
	cfi_remember
	cfi_cfa_mem rbx, g_bp, 16
	mov r12, [rbx + g_m]
	mov rsp, [r12 + m_sysp]
	ror r10, 32
	cmp r10d, ARGS_TAG
	je .stackargs
.go:
%if %2
	inc dword [r12 + m_ncall]
	mov dword [r12 + m_incall], 1
	call_keeping_all entersyscallblock, rbx, %1
	mov r10, [r12 + m_errnop]
	mov r12d, [rbx + g_err]
	mov [r10], r12d
%else
	cmp byte [sched + sched_sysmonslow], 0
	jne .slow
.enter:
	mov r10, [r12 + m_errnop]
	inc dword [r12 + m_ncall]
	mov dword [r12 + m_incall], 1
	test dword [r12 + m_claim], ClaimSignal_
	jnz .signal
.signalled:
	mov r12d, [rbx + g_err]
	mov [r10], r12d
%endif
	mov qword TCB(TCB_GUARD), -1
	crossing
	call r11
	crossed %1
	mov r10, [rbx + g_m]
	mov r11, [r10 + m_errnop]
	mov r8d, [r11]
	mov [rbx + g_err], r8d
	mov dword [r10 + m_incall], 0
	cmp dword [r10 + m_claim], 0
	jne .lost
	cmp qword [r10 + m_p], 0
	je .lost
.have:
	mov r8, [rbx + g_guard]
	mov TCB(TCB_GUARD), r8
.home:
	mov rbp, [rbx + g_bp]
	cfi_restore
	cfi_cfa rbp, 16
	lea rsp, [rbp - 16]
	foreign_leave
	ret
.direct:
	cfi_foreign
	test rbx, rbx
	jz .thread
	mov r12, [rbx + g_m]
	cmp dword [r12 + m_incall], 0
	jne asidecall
.jump:
	foreign_leave
	jmp r11
.thread:
	; on the thread's own stack, or has foreign code switched (core/stack/aside.c)?
	cfi_cfa rbp, 16
	cfi_save rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
	mov r12, [rel plainstack wrt ..gottpoff]
	mov rbx, rsp
	sub rbx, fs:[r12 + plainstack_lo]
	cmp rbx, fs:[r12 + plainstack_size]
	jb .jump
	cmp qword fs:[r12 + plainstack_size], 0
	je .jump
	jmp asidecall
.stackargs:
	cfi_cfa_mem rbx, g_bp, 16
	cfi_save rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
	; never beyond the end of the segment, because r10 may be stale
	push_all rcx, rsi
	mov r12, rsp ; the two, on the system stack
	shr r10, 32
	add r10, 7
	and r10, -8
	mov rcx, [rbx + g_stacklo]
	add rcx, [rbx + g_stacksize]
	lea rsi, [rbp + 16]
	sub rcx, rsi
	cmp r10, rcx
	cmova r10, rcx
	copy_stackargs rsi, r10, rcx, ecx
	peek_all r12, rcx, rsi
	mov r12, [rbx + g_m]
	jmp .go
%if %2 == 0
.slow:
	; the monitor sleeps long: is there work in a queue that this call may keep from running?
	push rax
	mov rax, [r12 + m_p]
	mov r10d, [rax + p_head]
	cmp r10d, [rax + p_tail]
	jne .kick
	cmp dword [rax + p_nexton], 0
	jne .kick
	cmp qword [sched + sched_globsize], 0
	jne .kick
	pop rax
	jmp .enter
.kick:
	pop rax
	call_keeping_all sysmonkick, rbx, %1
	jmp .enter
.signal:
	; a signal is on its way to this thread and must not interrupt the call: wait for it
	call_keeping_all sigwait_m, [rbx + g_m], %1
	jmp .signalled
%endif
.lost:
	foreign_lost %1
	jmp .have
%endmacro

; thrum_foreigncall: reached by a jump from a thunk. r11 = target; all argument registers and al are
; live; r10 = tag and bytes of stack arguments, or garbage. Any stack. Off a goroutine's stack it is
; a jump to the target, and also if the target is instrumented after all. Keeps the System V
; callee-saved registers.
api thrum_foreigncall, cie_foreign
	foreign_body thrum_foreigncall, 0
endfunc

; thrum_blockcall: the same for functions that are known to block: the m gives its p away before the
; call.
api thrum_blockcall, cie_foreign
	foreign_body thrum_blockcall, 1
endfunc

; foreignresume: a goroutine continues behind a foreign call from which it came back without a p,
; perhaps on another m.
landing foreignresume, crossing
	cfi_foreign
landed foreignresume
	mov rbx, TCB(TCB_G)
	mov r11, [rbx + g_regs]
	lea rcx, [r11 + regs_xsave]
	restore_vectors rcx
	mov rax, [r11 + regs_r + S_RAX]
	mov rdx, [r11 + regs_r + S_RDX]
	mov rcx, [r11 + regs_r + S_RCX]
	mov r13, [r11 + regs_r + S_R13]
	mov r14, [r11 + regs_r + S_R14]
	mov r15, [r11 + regs_r + S_R15]
	regsave_free
	jmp thrum_foreigncall.home
endfunc

