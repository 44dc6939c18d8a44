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

extern thrum_text_lo, thrum_text_size, thrum_ranges, sched
extern entersyscallblock, exitsyscall, sysmonkick, sigwait_m, asidecheck

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
	pop r12
	cfi_same r12
	pop rbx
	cfi_same rbx
	frame_leave
	ret
.direct:
	cfi_cfa rbp, 16
	cfi_save rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
	test rbx, rbx
	jz .thread
	mov r12, [rbx + g_m]
	cmp dword [r12 + m_incall], 0
	jne asidecall
.jump:
	pop r12
	cfi_same r12
	pop rbx
	cfi_same rbx
	frame_leave
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
	push_all rcx, rsi, rdi
	mov r12, rsp ; the three, on the system stack
	shr r10, 32
	add r10, 7
	and r10, -8
	mov rcx, [rbx + g_stacklo]
	add rcx, [rbx + g_stacksize]
	lea rsi, [rbp + 16]
	sub rcx, rsi
	cmp r10, rcx
	cmova r10, rcx
	sub rsp, r10
	mov rcx, rsp
	sub rcx, rsi
	and ecx, 63
	sub rsp, rcx
	mov rdi, rsp
	test r10, r10
	jz .copied
.copy:
	mov rcx, [rsi + r10 - 8]
	mov [rdi + r10 - 8], rcx
	sub r10, 8
	jnz .copy
.copied:
	peek_all r12, rcx, rsi, rdi
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
	; the p is gone, or sysmon is about to take it: keep the results meanwhile
	sub rsp, REGS_BYTES
	mov [rsp + S_RAX], rax
	mov [rsp + S_RDX], rdx
	mov [rsp + S_RCX], rcx
	mov [rsp + S_R13], r13
	mov [rsp + S_R14], r14
	mov [rsp + S_R15], r15
	mov rax, [r10 + m_g0 + g_usp] ; exitsyscall may never return: it uses the unsafe frames of g0
	leave_usp rbx, rax
	mov r12, rsp
	room_for_vectors
	save_vectors rsp
	mov rdi, rbx
	mov rsi, r12
	mov rdx, rsp
	mov qword TCB(TCB_GUARD), 0
	left
	crossing
	call exitsyscall     ; (gp, registers, vectors)
	crossed %1
	unleft
	mov rax, [rbx + g_usp]
	mov TCB(TCB_USP), rax
	restore_vectors rsp
	mov rax, [r12 + S_RAX]
	mov rdx, [r12 + S_RDX]
	mov rcx, [r12 + S_RCX]
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

; asidecall: a foreign call by instrumented code that itself runs within a foreign call, on a stack
; that is neither the goroutine's nor that of a callback (core/stack/aside.c). foreign_body jumps
; here: its frame stands, rbx and r12 are free.
func asidecall
	cfi_cfa rbp, 16
	cfi_save rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
	mov rbx, TCB(TCB_USP)
	ror r10, 32
	cmp r10d, ARGS_TAG
	je .stackargs
.go:
	call r11
	xor r10d, r10d       ; no tag that a later call could take for its own
	cmp rbx, TCB(TCB_USP)
	jne .other
.same:
	; Another foreign call may be the innermost one now. The runtime's code, where the guard is
	; 0, has its own frames.
	cmp qword TCB(TCB_GUARD), -1
	jne .marked
	mov r12, TCB(TCB_G)
	test r12, r12
	jz .marked
	mov r12, [r12 + g_m]
	cmp dword [r12 + m_incall], 0
	je .marked
	mark_aside r12, r11
.marked:
	lea rsp, [rbp - 16]
	pop r12
	cfi_same r12
	pop rbx
	cfi_same rbx
	frame_leave
	ret
	cfi_cfa rbp, 16
	cfi_save rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
.other:
	push_all rax, rdx, rcx, rcx
	mov rdi, rbx
	call asidecheck      ; (usp at the call)
	pop_all rax, rdx, rcx, rcx
	xor r10d, r10d
	jmp .same
.stackargs:
	shr r10, 32
	add r10, 7
	and r10, -8
	sub rsp, r10
	lea r12, [rbp + 16]
	mov rbx, rsp
	sub rbx, r12
	and ebx, 63          ; same address modulo 64
	sub rsp, rbx
	test r10, r10
	jz .copied
.copy:
	mov rbx, [r12 + r10 - 8]
	mov [rsp + r10 - 8], rbx
	sub r10, 8
	jnz .copy
.copied:
	mov rbx, TCB(TCB_USP)
	jmp .go
endfunc

; foreignresume: a goroutine continues behind a foreign call from which it came back without a p,
; perhaps on another m.
landing foreignresume, crossing
	cfi_cfa rbp, 16
	cfi_save rbp, 16
	cfi_save rbx, 24
	cfi_save r12, 32
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

; take_errno: copies the thread's errno, which may have been set, to the goroutine. Clobbers r10,
; r11.
%macro take_errno 0
	mov r10, TCB(TCB_G)
	mov r11, [r10 + g_m]
	mov r11, [r11 + m_errnop]
	mov r11d, [r11]
	mov [r10 + g_err], r11d
%endmacro

; thrum_quickcall: as thrum_foreigncall, for the few functions of libc that neither block nor call
; back, and that set errno only when they return NULL (calls.cpp: isQuick). Only the stack changes.
; A result that is no pointer may look like NULL; then errno is copied in vain.
api thrum_quickcall
	frame_enter
.begun:
	on_goroutine r10, rax, .direct
	mov rax, [r10 + g_m]
	mov r10d, [r10 + g_err]
	mov rsp, [rax + m_sysp]
	mov rax, [rax + m_errnop]
	mov [rax], r10d
	crossing
	call r11
	crossed thrum_quickcall
.back:
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	test rax, rax
	jz .null
	ret
.null:
	take_errno
	ret
.direct:
	cfi_cfa rbp, 16
	cfi_save rbp, 16
	frame_leave
	jmp r11
endfunc

; quickaway: a quick foreign call returns here when a signal has come during it (preempt.c). It ends
; as above, and then the goroutine gives way if it may.
landing quickaway, crossing
	cfi_cfa rbp, 16
	cfi_save rbp, 16
landed quickaway
	leave
	cfi_cfa rsp, 8
	cfi_same rbp
	test rax, rax
	jnz quickpoll
	take_errno
	jmp quickpoll
	extern quickpoll
endfunc

section .data.rel.ro progbits alloc noexec write align=8
global quickbegun:data hidden
global quickback:data hidden
quickbegun: dq thrum_quickcall.begun
quickback: dq thrum_quickcall.back
section .text

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
