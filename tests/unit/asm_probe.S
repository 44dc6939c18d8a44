// SPDX-License-Identifier: MIT
//
// asm_probe.S - puts patterns into every register, calls, and looks what came through.
//
//	fprobe, iprobe  void (struct call *c): load c->in, call c->target, store c->out.
//	                f is foreign code, i lies in instrumented text with a stack check.
//	                Both begin with probe_before(c), when there is one
//	fsink, isink    the called side: stores what arrived in sink_got, calls sink_hook,
//	                spoils all that a callee may spoil, returns what sink_ret says
//	entry           the first function of the goroutine
//
// The sink's frame is sink_frame bytes below its return address, and it
// writes all of them. Probes may run on several threads at a time, sinks may not.

#include "asm_probe.h"

	.intel_syntax noprefix

	.bss
	.balign 64
	.globl sink_got, sink_ret, sink_frame, sink_nstack, sink_hook, cpu_vec
	.globl entry_before, entry_after, entry_pin, probe_before, probe_sp, cpu_k
sink_got: .zero R_SIZE
sink_ret: .zero R_SIZE
sink_frame: .quad 0
sink_nstack: .quad 0
sink_hook: .quad 0
entry_before: .quad 0
entry_after: .quad 0
entry_pin: .quad 0
probe_before: .quad 0
probe_sp: .quad 0
cpu_vec: .quad 0
cpu_k: .quad 0

.macro vec op128, op256, op512, base, off, store, n=8
	cmp dword ptr [rip + cpu_vec], 1
	je 8f
	ja 9f
	.set i, 0
	.rept \n
	vecone \op128, xmm, %i, \base, (\off + i * 64), \store
	.set i, i + 1
	.endr
	jmp 7f
8:	.set i, 0
	.rept \n
	vecone \op256, ymm, %i, \base, (\off + i * 64), \store
	.set i, i + 1
	.endr
	jmp 7f
9:	.set i, 0
	.rept \n
	vecone \op512, zmm, %i, \base, (\off + i * 64), \store
	.set i, i + 1
	.endr
7:
.endm

.altmacro
.macro vecone op, kind, i, base, off, store
	.if \store
	\op [\base + \off], \kind\i
	.else
	\op \kind\i, [\base + \off]
	.endif
.endm

.macro load_vec base, off, n=8
	vec movups, vmovups, vmovups, \base, \off, 0, \n
.endm

.macro store_vec base, off
	vec movups, vmovups, vmovups, \base, \off, 1
.endm

// the mask registers, 64 bits of each
.macro masks load, base, off
	cmp dword ptr [rip + cpu_k], 0
	je 9f
	.irp n, 0,1,2,3,4,5,6,7
	.if \load
	kmovq k\n, [\base + \off + \n * 8]
	.else
	kmovq [\base + \off + \n * 8], k\n
	.endif
	.endr
9:
.endm

	.equ o_rbx, R_RBX
	.equ o_rcx, R_RCX
	.equ o_rdx, R_RDX
	.equ o_rsi, R_RSI
	.equ o_rdi, R_RDI
	.equ o_r8, R_R8
	.equ o_r9, R_R9
	.equ o_r10, R_R10
	.equ o_r11, R_R11
	.equ o_r12, R_R12
	.equ o_r13, R_R13
	.equ o_r14, R_R14
	.equ o_r15, R_R15
// all but rax, rsp, rbp
.macro gprs op_load, base, off
	.irp r, rbx,rcx,rdx,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15
	.if \op_load
	mov \r, [\base + \off + o_\r]
	.else
	mov [\base + \off + o_\r], \r
	.endif
	.endr
.endm

// the prologue's check for rdx free, r10 = bytes
.macro check
	cmp r10, 256
	jae 1f
	cmp rsp, fs:[0x70]
	ja 3f
	jmp 2f
1:	mov r11, rsp
	sub r11, r10
	cmp r11, fs:[0x70]
	ja 3f
2:
.endm

.macro probe
	push rbp
	mov rbp, rsp
	push rbx
	push r12
	push r13
	push r14
	push r15
	push rdi                   // rbp - 48
	sub rsp, 16                // rbp - 64: MXCSR, control word of the caller; - 56: the target, rax
	stmxcsr [rbp - 64]
	fnstcw [rbp - 60]
	sub rsp, 64                // rbp - 128: canaries
	.irp n, 0,8,16,24,32,40,48,56
	mov dword ptr [rsp + \n], 0x5a5a0000 + \n
	.endr
	mov rax, [rip + probe_before]
	test rax, rax
	jz 1f
	call rax
	mov rdi, [rbp - 48]
1:	sub rsp, [rdi + C_PAD]
	mov rcx, [rdi + C_NSTACK]
	lea rax, [rcx + 1]
	and rax, -2
	shl rax, 3
	sub rsp, rax
	mov rax, rdi
	lea rsi, [rax + C_IN + R_STACK]
	mov rdi, rsp
	rep movsq
	mov rcx, [rax + C_TARGET]
	mov [rbp - 56], rcx
	mov [rip + probe_sp], rsp  // the address of the stack arguments
	ldmxcsr [rax + C_IN + R_MXCSR]
	fldcw [rax + C_IN + R_FPCW]
	load_vec rax, (C_IN + R_VEC)
	masks 1, rax, (C_IN + R_K)
	gprs 1, rax, C_IN
	mov rax, [rax + C_IN + R_RAX]
	call [rbp - 56]
	mov [rbp - 56], rax
	mov rax, [rbp - 48]
	gprs 0, rax, C_OUT
	mov rcx, [rbp - 56]
	mov [rax + C_OUT + R_RAX], rcx
	lea rcx, [rbp]
	sub rcx, rsp
	mov [rax + C_OUT + R_RSP], rcx
	pushfq
	pop qword ptr [rax + C_OUT + R_FLAGS]
	cld
	stmxcsr [rax + C_OUT + R_MXCSR]
	fnstcw [rax + C_OUT + R_FPCW]
	store_vec rax, (C_OUT + R_VEC)
	masks 0, rax, (C_OUT + R_K)
	cmp qword ptr [rax + C_IN + R_NST], 0
	je 1f
	fstp tbyte ptr [rax + C_OUT + R_ST]
	cmp qword ptr [rax + C_IN + R_NST], 1
	je 1f
	fstp tbyte ptr [rax + C_OUT + R_ST + 16]
1:	sub rsp, 32
	fnstenv [rsp]
	mov cx, [rsp + 8]
	mov [rax + C_OUT + R_FPTAG], cx
	xor ecx, ecx
	.irp n, 0,8,16,24,32,40,48,56
	cmp dword ptr [rbp - 128 + \n], 0x5a5a0000 + \n
	setne dl
	or cl, dl
	.endr
	mov [rax + C_OUT + R_CANARY], rcx
	fninit
	ldmxcsr [rbp - 64]
	fldcw [rbp - 60]
	mov rbx, [rbp - 8]
	mov r12, [rbp - 16]
	mov r13, [rbp - 24]
	mov r14, [rbp - 32]
	mov r15, [rbp - 40]
	leave
	ret
.endm

.macro sink
	push rbp
	mov rbp, rsp
	push rax
	lea rax, [rip + sink_got]
	gprs 0, rax, 0
	pop qword ptr [rax + R_RAX]
	pushfq
	pop qword ptr [rax + R_FLAGS]
	lea rcx, [rbp + 16]
	mov [rax + R_RSP], rcx
	stmxcsr [rax + R_MXCSR]
	fnstcw [rax + R_FPCW]
	sub rsp, 32
	fnstenv [rsp]
	fldenv [rsp]
	mov cx, [rsp + 8]
	mov [rax + R_FPTAG], cx
	add rsp, 32
	store_vec rax, R_VEC
	masks 0, rax, R_K
	push rbx
	push r12
	push r13
	push r14
	push r15
	push r15
	cld
	mov rcx, [rip + sink_nstack]
	lea rsi, [rbp + 16]
	lea rdi, [rax + R_STACK]
	rep movsq
	mov rcx, [rip + sink_nstack]
	lea rdi, [rbp + 16]
	mov rax, 0xa5a5a5a5a5a5a5a5
	rep stosq
	mov rcx, [rip + sink_frame]
	sub rcx, 64                // what is pushed already
	jle 1f
	add rcx, 15
	and rcx, -16
	sub rsp, rcx
	mov rdi, rsp
	shr rcx, 3
	rep stosq
1:	mov rdi, rsp
	mov rax, [rip + sink_hook]
	test rax, rax
	jz 1f
	call rax
1:	// spoil
	mov rax, 0xbadbadbadbadbad
	.irp r, rbx,rcx,rdx,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15
	lea \r, [rax + rax]
	.endr
	pcmpeqb xmm0, xmm0
	.irp n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15
	movaps xmm\n, xmm0
	.endr
	lea rax, [rip + sink_ret]
	masks 1, rax, R_K
	lea rax, [rip + sink_ret]
	load_vec rax, R_VEC, 2
	cmp dword ptr [rax + R_MXCSR], 0
	je 1f
	ldmxcsr [rax + R_MXCSR]
	fldcw [rax + R_FPCW]
1:	cmp qword ptr [rax + R_NST], 1
	jb 2f
	je 1f
	fld tbyte ptr [rax + R_ST + 16]
1:	fld tbyte ptr [rax + R_ST]
2:	mov rdx, [rax + R_RDX]
	mov rax, [rax]
	mov rbx, [rbp - 8]
	mov r12, [rbp - 16]
	mov r13, [rbp - 24]
	mov r14, [rbp - 32]
	mov r15, [rbp - 40]
	leave
	ret
.endm

	.text
	.globl fprobe, fsink, fspoil
	.type fprobe, @function
fprobe:
	probe
	.type fsink, @function
fsink:
	sink

// fspoil: all callee-saved registers, MXCSR and the control word become another value,
// then a jump to rsi; for code that never returns.
	.type fspoil, @function
fspoil:
	mov rbx, -1
	mov r12, -2
	mov r13, -3
	mov r14, -4
	mov r15, -5
	mov rbp, -6
	pcmpeqb xmm0, xmm0
	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	movaps xmm\n, xmm0
	.endr
	push 0x5f80
	ldmxcsr [rsp]
	mov dword ptr [rsp], 0xc7f
	fldcw [rsp]
	add rsp, 8
	jmp rsi

// the other side of the bare switches: rdi unused
	.globl other_sysv, other_none, bufa, bufb
	.bss
bufa: .zero 32
bufb: .zero 32
	.text
other_sysv:
1:	lea rsi, [rip + 2f]
	jmp fspoil
2:	lea rdi, [rip + bufb]
	lea rsi, [rip + bufa]
	call thrum_switch_sysv
	jmp 1b
other_none:
1:	lea rsi, [rip + 2f]
	jmp fspoil
2:	lea r12, [rip + bufb]
	lea r13, [rip + bufa]
	call thrum_switch_call
	jmp 1b

// thunks as the compiler's: a target loaded, a jump
	.globl thunk_fsink, thunk_isink, thunk_probe, thunk_longjmp
thunk_fsink:
	lea r11, [rip + fsink]
	jmp thrum_foreigncall
	.globl thunk_block, thunk_iblock
thunk_block:
	lea r11, [rip + fsink]
	jmp thrum_blockcall
thunk_iblock:
	lea r11, [rip + isink]
	jmp thrum_blockcall
	.globl thunk_usleep, thunk_busleep
thunk_usleep:
	mov r11, [rip + usleep@GOTPCREL]
	jmp thrum_foreigncall
thunk_busleep:
	mov r11, [rip + usleep@GOTPCREL]
	jmp thrum_blockcall
	.globl thunk_quick
thunk_quick:
	lea r11, [rip + fsink]
	jmp thrum_quickcall
thunk_isink:
	lea r11, [rip + isink]
	jmp thrum_foreigncall
// the shell of a variadic function with two named integers and one double
	.globl shell_isink
shell_isink:
	lea r11, [rip + isink]
	movabs r10, 0x4000000010
	jmp thrum_variadic
thunk_probe:
	lea r11, [rip + fprobe]
	jmp thrum_foreigncall

	.section thrumtext, "ax", @progbits
	.globl iprobe, isink, entry, jumper
	.type iprobe, @function
iprobe:
	mov r10, [rdi + C_PAD]
	add r10, 700
	check
	xor r11d, r11d
	call __morestack
	ret
3:	probe

	.type isink, @function
isink:
	mov r10, [rip + sink_frame]
	check
	mov r11d, [rip + sink_nstack]
	shl r11d, 3
	call __morestack
	ret
3:	sink

	.type entry, @function
entry:                             // int (void *c): iprobe(c) on a stack of the first size
	push rbp
	mov rbp, rsp
	push rdi
	push rbx
	call thrum_stack_shrink
	mov rax, [rip + entry_before]
	test rax, rax
	jz 1f
	mov rdi, [rbp - 8]
	call rax
1:	cmp qword ptr [rip + entry_pin], 0
	je 1f
	call thrum_pin
1:	mov rdi, [rbp - 8]
	call iprobe
	cmp qword ptr [rip + entry_pin], 0
	je 1f
	call thrum_unpin
1:	mov rax, [rip + entry_after]
	test rax, rax
	jz 1f
	call rax
1:	xor eax, eax
	pop rbx
	leave
	ret

	.globl goentry
	.type goentry, @function
goentry:                           // void (void *c), for thrum_go
	jmp entry

// goblock(unused): blocks in the kernel for a millisecond, for thrum_go
	.globl goblock, goreturn
	.type goblock, @function
goblock:
	push rbp
	mov rbp, rsp
	mov edi, 1000
	call thunk_busleep
	leave
	ret
	.type goreturn, @function
goreturn:                          // void (void *), for thrum_go
	ret

// jumper(buf, val, how): setjmp(buf); everything spoilt and the stack moved; then
// longjmp(buf, val) from here or, how = 1, from foreign code. Returns what setjmp returns.
	.type jumper, @function
jumper:
	mov r10d, 300
	check
	xor r11d, r11d
	call __morestack
	ret
3:	push rbp
	mov rbp, rsp
	push rdi
	push rsi
	push rdx
	push rdx
	call thrum_setjmp
	test eax, eax
	jnz 1f
	mov rbx, -1
	mov r12, -2
	mov r13, -3
	mov r14, -4
	mov r15, -5
	call isink
	mov rdi, [rbp - 8]
	mov esi, [rbp - 16]
	cmp dword ptr [rbp - 24], 0
	je 2f
	lea r11, [rip + thrum_longjmp]
	call thrum_foreigncall
	ud2
2:	call thrum_longjmp
	ud2
1:	lea rcx, [rbp - 32]
	cmp rsp, rcx
	je 1f
	ud2
1:	leave
	ret

	.section .note.GNU-stack, "", @progbits
