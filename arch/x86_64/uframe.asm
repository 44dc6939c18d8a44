; SPDX-License-Identifier: MIT
;
; uframe.asm - the slow paths of unsafe frames (core/stack/uframe.c). The section is leaf.asm's.

%include "asm.inc"

section thrum_leaf progbits alloc exec nowrite align=16

extern systemstack, uframe_slow, ualloca_slow, ubig

; thrum_uframe_slow, preserve_most: r10 = bytes of a frame for which the chunk at usp has no room.
; Returns in rax the top of a chunk that has room. Keeps all but rax, r11 and the vector registers.
; Any stack.
api thrum_uframe_slow
	frame_enter
	push_all ARGREGS, r10, r10
	lea rdi, [uframe_slow]
	mov rsi, r10
	call systemstack
	pop_all ARGREGS, r10, r10
	frame_leave
	ret
endfunc

; void *thrum_ualloca(size_t size, size_t align): memory of a VLA or of alloca, until the frame
; ends. align is a power of two of at least 16. Any stack.
api thrum_ualloca
	mov rax, TCB(TCB_USP)
	movzx ecx, ax
	cmp rdi, UFRAME_MAX
	ja .slow
	add rdi, 15
	and rdi, -16
	lea rdx, [rdi + rsi]
	cmp rcx, rdx
	jb .slow
	sub rax, rdi
	neg rsi
	and rax, rsi
	mov TCB(TCB_USP), rax
	ret
.slow:
	mov rdx, rsi
	mov rsi, rdi
	lea rdi, [ualloca_slow]
	jmp systemstack
endfunc

; void *thrum_ubig(size_t size, size_t align): memory of a frame that is too big for a chunk.
api thrum_ubig
	mov rdx, rsi
	mov rsi, rdi
	lea rdi, [ubig]
	jmp systemstack
endfunc
