; SPDX-License-Identifier: MIT
;
; park.asm - a goroutine parks and the next one continues, without the scheduler.
;
; Both routines are called within a section of a lock (core/sync/bias.h). The lock protects the
; reason why the caller waits, and w is the word that ends the section. gp is the caller, mp its m.
; gp.waitreason, commit and commitarg say the same for the slow way. Only the slow way tells TSan.
; Goroutine stack.

%include "asm.inc"

extern sched, park_m, sendclosed

; park_here RESUME, NAME: rdi = gp, rsi = w, rdx = mp. If nothing is unusual, it resumes the
; goroutine that the p would run next. That is the goroutine made ready last, which continues in the
; same time slice (runq.h: nexton first, then claim, then next). Else it is the head of the ring
; (head first, then claim, then the slot). After the store to *w, nothing of gp may be touched:
; another m may run it at once. The time at which gp began to wait is known to 10 ms (sched.coarse),
; because reading the clock takes longer than all of this.
%macro park_here 2
	lea rax, [%1]
	mov [rdi + g_sp], rsp
	mov [rdi + g_pc], rax
	mov [rdi + g_bp], rbp
	save_context rdi, rdx, r9, r8d, r8w
%if TSAN_
	jmp %%slow
%endif
	mov rcx, [rdx + m_p]
	movzx eax, word [rdi + g_slow]
	or eax, [rcx + p_claim]
	jnz %%slow
	mov r10d, [rcx + p_tick]
	inc r10d
	cmp r10d, [rcx + p_globtick]
	je %%slow
	cmp dword [rcx + p_nexton], 0
	je %%ring
	mov dword [rcx + p_nexton], 0
	cmp dword [rcx + p_claim], 0
	jne %%nextback
	mov r8, [rcx + p_next]
	test r8, r8
	jz %%ring            ; a thief took it
	cmp word [r8 + g_slow], 0
	jne %%nextback
%%switch:
	mov dword [rcx + p_nready], 0
	inc qword [rcx + p_npark]
	mov r9, [sched + sched_coarse]
	mov [rdi + g_waitsince], r9
	mov dword [rdi + g_status], Gwaiting_
	cfi_remember
	cfi_become r8
	mov [r8 + g_m], rdx
	become_from rdi, r8, r9
	mov dword [rsi], 0
	mov dword [r8 + g_status], Grunning_
	mov [rdx + m_curg], r8
	load_context r8, rdx, r9, r10d, r10w
	cfi_restore
%%ring:
	mov r9d, [rcx + p_head]
	cmp r9d, [rcx + p_tail]
	je %%slow
	lea r11d, [r9 + 1]
	mov [rcx + p_head], r11d
	cmp dword [rcx + p_claim], 0
	jne %%ringback
	mov eax, r9d
	and eax, RUNQ_MASK
	mov r8, [rcx + p_runq + rax * 8]
	test r8, r8
	jz %%slow            ; a thief took it
	cmp word [r8 + g_slow], 0
	jne %%ringback
	mov [rcx + p_tick], r10d
	; fetch ahead for the goroutines that run soon: if there are many, memory decides the speed
	lea eax, [r9 + 4]
	and eax, RUNQ_MASK
	mov rax, [rcx + p_runq + rax * 8]
	prefetcht0 [rax]
	and r11d, RUNQ_MASK
	mov rax, [rcx + p_runq + r11 * 8]
	test rax, rax
	jz %%switch
	mov rax, [rax + g_sp]
	prefetcht0 [rax]
	jmp %%switch
%%nextback:
	mov dword [rcx + p_nexton], 1
	jmp %%slow
%%ringback:
	mov [rcx + p_head], r9d
%%slow:
	mov rcx, rdx
	enter_g0 rcx, rdi
	left
	crossing
	call park_m
	crossed %2
	unleft
	ud2
%endmacro

; void parkin(g *gp, sectionword *w, m *mp): parks gp. Returns when another goroutine or thread
; resumes gp. Keeps the System V callee-saved registers.
func parkin
	endbr64
	frame_enter
	push_saved
	park_here .resume, parkin
.resume:
	endbr64
	pop_saved
	frame_leave
	pop rcx
	cfi_cfa_off 0
	njmp rcx
endfunc

; bool parkchan(g *gp, sectionword *w, m *mp): the same, as the last act of send and receive.
; Returns g.sudog.success, which is 1 or 0, to their caller by one jump, because each `ret` on the
; way would be mispredicted. If the channel of a sender was closed, it does not return.
func parkchan
	endbr64
	frame_enter
	push_saved
	park_here .resume, parkchan
.resume:
	endbr64
	pop_saved
	frame_leave
	mov rdx, TCB(TCB_G)
	mov qword [rdx + g_waiting], 0
	movzx eax, byte [rdx + g_sudog_success]
	cmp al, [rdx + g_sudog_send]
	jb .closed
	pop rcx
	cfi_cfa_off 0
	njmp rcx
	cfi_cfa_off 8
.closed:
	jmp sendclosed
endfunc
