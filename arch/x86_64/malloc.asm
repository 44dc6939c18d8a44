; SPDX-License-Identifier: MIT
;
; malloc.asm - the fast ways of thrum_malloc, thrum_newobject and thrum_free: a pop from a magazine
; of the caller's mcache, and a push onto one (alloc/mcache.h). Everything else is C: malloc_slow,
; newobject_slow, free_slow.
;
; All begin with the stack check that the compiler would make. If it passes, the code is on the
; stack of a goroutine or of a thread that runs none. Then thrum_cache is the cache to use. In a
; foreign call the check fails, because the guard is ~0, and the C code finds out which cache is
; whose. No signal stops a goroutine here, so the cache stays the same between two instructions.
;
; thrum_foreign_malloc and thrum_foreign_free are for foreign code (-fthrum-malloc). They use the
; cache of the thread, which no other code uses meanwhile. Once in a while thrum_foreign_malloc
; looks after the heap, because there may be no monitor.

%include "asm.inc"

extern nocache, heap, classmalloc, class8, class128, malloc_slow, foreign_tick, newobject_slow, free_slow

; thrum_cache is the cache of the thread, or of its p; threadcache is that of the thread (mcache.h).
; untiltick counts down to the next look after the heap (heaptick).
section .tdata
global thrum_cache:data, threadcache:data hidden, untiltick:data hidden
thrum_cache: dq nocache
threadcache: dq nocache
untiltick: dd 0

section thrum_api progbits alloc exec nowrite align=16

; check LABEL: the stack check; control goes to LABEL if it fails.
%macro check 1
	cmp rsp, TCB(TCB_GUARD)
	jbe %1
%if TSAN_
	jmp %1
%endif
%endmacro

; pop_object OBJECT, MAG, TMP, LABEL, TYPE: takes an object out of the magazine MAG, and writes TYPE
; into its cell. Control goes to LABEL if MAG is empty, or the object is in use. Clobbers r8.
%macro pop_object 5
	mov %3, [%2 + mag_top]
	cmp %3, [%2 + mag_bottom]
	je %4
	mov r8, [%3 - slot_sizeof + slot_cell]
	mov %1, [%3 - slot_sizeof + slot_object]
	sub %3, slot_sizeof
	cmp word [r8], 0
	jne %4
	mov [%2 + mag_top], %3
	mov word [r8], %5
%endmacro

; malloc_from TLS: the rest of a malloc of rdi bytes. The cache is at this offset of the thread's
; block. Control goes to .slow if that must do it.
%macro malloc_from 1
	cmp rdi, MAXDENSE_
	ja .sparse
	lea eax, [rdi + 7]
	shr eax, 3
	lea rcx, [classmalloc]
.class:
	movzx ecx, byte [rcx + rax]
	shl ecx, MAGSHIFT_ ; the bins of ManualObjects are the first
	add rcx, fs:[%1]
	mov esi, UNTYPED_
	pop_object rax, rcx, rdx, .slow, si
	ret
.sparse:
	cmp rdi, MAXSMALL_
	ja .slow
	lea eax, [rdi + 127 - MAXDENSE_]
	shr eax, 7
	lea rcx, [class128]
	jmp .class
%endmacro

; free_to CACHE: the rest of a free of rdi. Control goes to .slow if that must do it.
%macro free_to 1
	mov rax, rdi
	shr rax, HEAPPAGESHIFT_
	sub rax, [heap + heap_page0]
	cmp rax, [heap + heap_npages]
	jae .slow ; not in the first zone
	mov rdx, [heap + heap_span]
	mov rdx, [rdx + rax * 8]
	test rdx, rdx
	jz .slow
	mov eax, edi
	sub eax, [rdx + span_base]
	mov ecx, [rdx + span_magic]
	imul rax, rcx
	cmp eax, [rdx + span_starts]
	jae .slow ; not the start of an object
	shr rax, 32 ; its number
	lea rax, [rdx + rax * 2 + span_cells]
	movzx ecx, word [rdx + span_magazine]
	mov rdx, [rel %1 wrt ..gottpoff]
	add rcx, fs:[rdx]
	mov rdx, [rcx + mag_top]
	cmp rdx, [rcx + mag_limit]
	je .slow
	cmp word [rax], 0
	jle .slow ; not in use, or sampled
	xor r8d, r8d
	mov [rax], r8w
	mov [rdx + slot_object], rdi
	mov [rdx + slot_cell], rax
	add rdx, slot_sizeof
	mov [rcx + mag_top], rdx
	ret
%endmacro

; void *thrum_malloc(size_t n)
api thrum_malloc
	endbr64
	check .slow
	mov r9, [rel thrum_cache wrt ..gottpoff]
	malloc_from r9
.slow:
	jmp malloc_slow
endfunc

; void thrum_free(void *p)
api thrum_free
	endbr64
	check .slow
	free_to thrum_cache
.slow:
	jmp free_slow
endfunc

; void *thrum_foreign_malloc(size_t n)
api thrum_foreign_malloc
	endbr64
	mov r9, [rel threadcache wrt ..gottpoff]
	dec dword fs:[r9 + untiltick - threadcache]
	js .tick
	malloc_from r9
.slow:
	jmp malloc_slow
.tick:
	jmp foreign_tick
endfunc

; void thrum_foreign_free(void *p)
api thrum_foreign_free
	endbr64
	free_to threadcache
.slow:
	jmp free_slow
endfunc

; void *thrum_newobject(size_t size, size_t align, const thrum_typeref *type)
api thrum_newobject
	endbr64
	check .slow
	cmp rdi, 256
	ja .slow
	cmp rsi, 8
	ja .slow
	lea eax, [rdi + 7]
	shr eax, 3
	lea rcx, [class8]
	movzx ecx, byte [rcx + rax]
	mov r9d, UNTYPED_
	mov eax, SCANBINS_
	test rdx, rdx
	jz .untyped
	movzx r9d, word [rdx + ref_index]
	mov eax, [rdx + ref_bins]
.untyped:
	add ecx, eax
	shl ecx, MAGSHIFT_
	mov rax, [rel thrum_cache wrt ..gottpoff]
	add rcx, fs:[rax]
	pop_object rax, rcx, r10, .slow, r9w
	xor ecx, ecx
	cmp edi, 24
	jbe .words
	pxor xmm0, xmm0
	lea edx, [rdi + 15]
	and edx, -16
	cmp edx, 32
	ja .loop
	movups [rax], xmm0
	movups [rax + rdx - 16], xmm0
	ret
.loop:
	movups [rax + rdx - 16], xmm0
	movups [rax + rdx - 32], xmm0
	sub edx, 32
	cmp edx, 32
	ja .loop
	movups [rax], xmm0
	movups [rax + rdx - 16], xmm0
	ret
.words: ; 8, 16 or 24 bytes
	mov [rax], rcx
	cmp edi, 8
	jbe .done
	lea edx, [rdi + 7]
	and edx, -8
	mov [rax + rdx - 8], rcx
	mov [rax + rdx - 16], rcx
.done:
	ret
.slow:
	jmp newobject_slow
endfunc
