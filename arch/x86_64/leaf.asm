; SPDX-License-Identifier: MIT
;
; leaf.asm - routines that compiled code calls in place and that hold nothing of the thread's.
;
; A signal may stop a goroutine at any instruction of this section, as in a leaf function of libc
; (core/preempt/preempt.c), if the word at rsp leads back to compiled code. Then all registers come
; back, perhaps on another thread, and the stack does not move meanwhile. So no register may hold an
; m, a p, or an address that comes from fs:0. setjmp.asm and uframe.asm belong to this section too.

%include "asm.inc"

section thrum_leaf progbits alloc exec nowrite align=16

; int *thrum_errno_location(void): the goroutine's errno. Off a goroutine's stack: the thread's.
extern __errno_location
api thrum_errno_location
	on_goroutine rax, rcx, .thread
	add rax, g_err
	ret
.thread:
	jmp [__errno_location wrt ..gotpc]
endfunc
