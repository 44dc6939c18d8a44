; SPDX-License-Identifier: MIT
;
; malloc.asm - thrum_malloc and thrum_free, as far as they need nothing but the caller's mcache: a
; pop from a magazine and a push onto one (alloc/mcache.h). Everything else is C: malloc_slow,
; free_slow.
;
; Both begin with the stack check that the compiler would make. If it passes, the code is on the
; stack of a goroutine or of a thread that runs none. Then thrum_cache is the cache to use. In a
; foreign call the check fails, because the guard is ~0, and the C code finds out which cache is
; whose. No signal stops a goroutine here, so the cache stays the same between two instructions.

%include "asm.inc"

extern nocache, heap, classmalloc, malloc_slow, free_slow

; The cache of the thread, or of its p: see getmcache.
section .tdata
global thrum_cache:data hidden
thrum_cache: dq nocache

section thrum_api progbits alloc exec nowrite align=16

; GETCACHE reg
%macro GETCACHE 1
	mov %1, [rel thrum_cache wrt ..gottpoff]
	mov %1, fs:[%1]
%endmacro

; void *thrum_malloc(size_t n)
api thrum_malloc
	endbr64
	cmp rsp, TCB(TCB_GUARD)
	jbe .slow
%if TSAN_
	jmp .slow
%endif
	cmp rdi, MAXDENSE_
	ja .slow
	lea eax, [rdi + 7]
	shr eax, 3
	lea rcx, [classmalloc]
	movzx ecx, byte [rcx + rax]
	shl ecx, MAGSHIFT_ ; the magazine's offset: the bins of ManualObjects are the first
	GETCACHE rdx
	add rcx, rdx
	mov rdx, [rcx + mag_top]
	cmp rdx, [rcx + mag_bottom]
	je .slow
	mov rax, [rdx - 8]
	sub rdx, 8
	mov [rcx + mag_top], rdx
	xor ecx, ecx
	mov [rax], rcx ; takes the key away
	ret
.slow:
	jmp malloc_slow
endfunc

; void thrum_free(void *p)
api thrum_free
	endbr64
	cmp rsp, TCB(TCB_GUARD)
	jbe .slow
%if TSAN_
	jmp .slow
%endif
	lea r8, [heap]
	mov rax, rdi
	shr rax, ZONESHIFT_
	cmp rax, NZONE_
	jae .slow
	mov rdx, [r8 + rax * 8 + heap_zone]
	test rdx, rdx
	jz .slow
	mov rax, rdi
	shr rax, ARENASHIFT_
	and eax, ZONEARENAS_ - 1
	mov rdx, [rdx + rax * 8 + zone_arena]
	test rdx, rdx
	jz .slow
	mov eax, edi
	shr eax, HEAPPAGESHIFT_
	and eax, ARENAPAGES_ - 1
	mov rdx, [rdx + rax * 8 + arena_span]
	test rdx, rdx
	jz .slow
	GETCACHE rcx
	cmp rcx, [rdx + span_owner]
	jne .slow
	mov eax, edi
	sub eax, [rdx + span_base]
	imul eax, [rdx + span_magic]
	cmp eax, [rdx + span_starts]
	jae .slow ; not the start of an object
	movzx eax, word [rdx + span_bin]
	shl eax, MAGSHIFT_
	add rcx, rax
	mov rdx, [rcx + mag_top]
	cmp rdx, [rcx + mag_limit]
	je .slow
	mov rax, [r8 + heap_key]
	xor rax, rdi
	cmp [rdi], rax
	je .slow ; freed twice, most likely
	mov [rdi], rax
	mov [rdx], rdi
	add rdx, 8
	mov [rcx + mag_top], rdx
	ret
.slow:
	jmp free_slow
endfunc
