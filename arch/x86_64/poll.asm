; SPDX-License-Identifier: MIT
;
; poll.asm - the loop check: a loop calls it when it has seen a poisoned guard (cc/poll.cpp).
;
; The loop knows nothing of the call. Every register belongs to it, r11, masks and x87 too. The
; stack must not move, because registers may hold addresses of it. So this is no check for room: in
; the reserve below the guard the routine needs five words, then it continues on the system stack.

%include "asm.inc"
%include "giveway.inc"

extern polled, quickpolled, pollresume

; poll_body NAME, DECIDES: gives way if DECIDES returns true, else resets the guard. Any stack; off
; a goroutine's stack it returns at once. Keeps all registers but the flags.
%macro poll_body 2
	push rax
	cfi_cfa_off 16
	push rbx
	cfi_pushed rbx
	on_goroutine rbx, rax, %%out
	cfi_remember
	to_system
	mov qword TCB(TCB_GUARD), 0
	crossing
	call %2              ; (gp): must the goroutine give way?
	crossed %1
	test al, al
	jnz %%giveway
	restore_args
	pop r11
	pop r10
	mov rax, [rbx + g_guard]
	mov TCB(TCB_GUARD), rax
	mov rbp, [rbx + g_bp]
	cfi_same rbp
	mov rsp, [rbx + g_sp]
	cfi_cfa rsp, 8
	cfi_save rbx, 24
	sub rsp, 16
	cfi_restore
	cfi_cfa_off 24
%%out:
	pop rbx
	cfi_popped rbx
	pop rax
	cfi_cfa_off 8
	ret
%%giveway:
	give_way pollresume, %1
%endmacro

api thrum_looppoll
	poll_body thrum_looppoll, polled
endfunc

; quickpoll: the same, where a quick foreign call has returned (quick.asm).
func quickpoll
	poll_body quickpoll, quickpolled
endfunc
