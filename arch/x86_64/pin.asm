; SPDX-License-Identifier: MIT
;
; pin.asm - a frame that holds an absolute address of the stack keeps it from moving.

%include "asm.inc"

extern __morestack

; void thrum_pin(void): makes THRUM_PIN_ROOM bytes of room, then forbids the stack to move.
; thrum_unpin allows it again. They are the first and the last act of a frame that holds an absolute
; address. Off a goroutine's stack both do nothing. Keep all but rax, rcx, r10, r11.
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

; void thrum_pin_here(void): the same without making room, for a frame that already has addresses in
; registers.
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
