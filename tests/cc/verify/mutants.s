# SPDX-License-Identifier: MIT
# mutants.s - one function per kind of fault that thrum-verify finds. Behind "wants" stands what
# the message about the function says.

	.include "frame.inc"

# ---- calls ----

# wants direct: calls foreign on the goroutine's stack
	begin direct
	call foreign@PLT
	finish direct

# wants lazily: calls memcpy directly, so that the loader may bind it on the goroutine's stack
	begin lazily
	call memcpy@PLT
	finish lazily

# wants tail: jumps to foreign on the goroutine's stack
	begin tail
	popq %rbp
	jmp foreign@PLT
	.size tail, . - tail

# wants ofslot: calls foreign on the goroutine's stack
	begin ofslot
	call *foreign@GOTPCREL(%rip)
	finish ofslot

# A weak function of this object may be another's in the end.
# wants ofweak: calls weakone on the goroutine's stack
	begin ofweak
	call weakone@PLT
	finish ofweak
	.section thrumtext,"ax",@progbits
	.weak weakone
	.type weakone, @function
weakone:
	ret
	.size weakone, . - weakone

# The rest of an invoke: a call in a landing pad, to which no jump leads.
# wants landing: calls _Unwind_Resume on the goroutine's stack
	begin landing
	call good.thrum@PLT
	popq %rbp
	ret
	movq %rax, %rdi
	call _Unwind_Resume@PLT
	.size landing, . - landing

# wants intable: calls foreign on the goroutine's stack
	begin intable
	leaq table(%rip), %rcx
	movslq (%rcx,%rdi,4), %rax
	addq %rcx, %rax
	jmp *%rax
2:	xorl %eax, %eax
	jmp 4f
3:	call foreign@PLT
4:	popq %rbp
	ret
	.size intable, . - intable
	.section .rodata
table:	.long 2b - table, 3b - table

# The code generator makes it of llvm.sin.
# wants libcall: calls sinf128 on the goroutine's stack
	begin libcall
	call sinf128@PLT
	finish libcall

# wants unchecked: calls through a pointer that was not compared
	begin unchecked
	call *%rdi
	finish unchecked

# wants unchecked_tail: jumps through a pointer that was not compared
	begin unchecked_tail
	popq %rbp
	jmp *%rdi
	.size unchecked_tail, . - unchecked_tail

# The register thunks of -mretpoline and -mlvi-cfi call what the register holds.
# wants retpoline: calls through a pointer that was not compared
	begin retpoline
	movq %rdi, %r11
	call __llvm_retpoline_r11@PLT
	finish retpoline

# wants retpoline_foreign: calls strtol on the goroutine's stack
	begin retpoline_foreign
	movq strtol@GOTPCREL(%rip), %r11
	call __x86_indirect_thunk_r11
	finish retpoline_foreign

# wants poppedlate: jumps through a pointer that was not compared
	begin poppedlate
	call good.thrum@PLT
	popq %rbp
	popq %rcx
	pushq %rcx
	jmp *%rcx
	.size poppedlate, . - poppedlate

# wants oneway: calls through a pointer that was not compared
	begin oneway
	movq %rdi, %r10
	testl %esi, %esi
	je 2f
	range %r10
	cmovbq %r10, %rax
	jmp 3f
2:	movq %r10, %rax
3:	call *%rax
	finish oneway

# wants another: calls through a pointer that was not compared
	begin another
	range %rdi
	cmovbq %rsi, %rax
	call *%rax
	finish another

# wants inverted: calls through a pointer that was not compared
	begin inverted
	range %rdi
	cmovaeq %rdi, %rax
	call *%rax
	finish inverted

# wants later: calls through a pointer that was not compared
	begin later, 0x48
	subq $0x20, %rsp
	movq %rdi, -0x8(%rbp)
	range %rdi
	cmovbq %rdi, %rax
	movq %rsi, -0x10(%rbp)
	call *%rax
	call *-0x10(%rbp)
	finish later

# ---- addresses ----

# wants saved: uses rbx, an address of the stack from before a call
	begin saved, 0x28
	pushq %rbx
	subq $0x18, %rsp
	leaq -0x18(%rbp), %rbx
	call good.thrum@PLT
	movl (%rbx), %eax
	movq -0x8(%rbp), %rbx
	finish saved

# Through copies and arithmetic.
# wants copied: uses r14, an address of the stack from before a call
	begin copied, 0x38
	pushq %r14
	subq $0x28, %rsp
	movq %rbp, %rax
	subq $0x20, %rax
	movq %rax, %rcx
	andq $-16, %rcx
	movq %rcx, %r14
	call good.thrum@PLT
	incl (%r14)
	movq -0x8(%rbp), %r14
	finish copied

# wants exchanged: uses rbx, an address of the stack from before a call
	begin exchanged, 0x28
	pushq %rbx
	subq $0x18, %rsp
	leaq -0x18(%rbp), %rax
	xchgq %rax, %rbx
	call good.thrum@PLT
	movl (%rbx), %eax
	movq -0x8(%rbp), %rbx
	finish exchanged

# wants chosen: uses rbx, an address of the stack from before a call
	begin chosen, 0x28
	pushq %rbx
	subq $0x18, %rsp
	movq %rdi, %rbx
	leaq -0x18(%rbp), %rax
	testl %esi, %esi
	cmoveq %rax, %rbx
	call good.thrum@PLT
	movl (%rbx), %eax
	movq -0x8(%rbp), %rbx
	finish chosen

# wants spilled: uses rax, an address of the stack from before a call
	begin spilled, 0x28
	subq $0x20, %rsp
	leaq -0x18(%rbp), %rax
	movq %rax, -0x8(%rbp)
	call good.thrum@PLT
	movq -0x8(%rbp), %rax
	movl (%rax), %eax
	finish spilled

# wants vector: uses rax, an address of the stack from before a call
	begin vector, 0x38
	subq $0x30, %rsp
	leaq -0x30(%rbp), %rax
	movq %rax, %xmm0
	punpcklqdq %xmm0, %xmm0
	movaps %xmm0, -0x20(%rbp)
	call good.thrum@PLT
	movq -0x18(%rbp), %rax
	movl (%rax), %eax
	finish vector

# A slot that the code generator makes for a wide result.
# wants demoted: passes rdi, an address of the stack, to good.thrum
	begin demoted, 0x88
	subq $0x80, %rsp
	leaq -0x80(%rbp), %rdi
	call good.thrum@PLT
	movaps -0x80(%rbp), %xmm0
	finish demoted

# wants passed: passes xmm0, which holds an address of the stack, to good.thrum
	begin passed
	movq %rsp, %xmm0
	call good.thrum@PLT
	finish passed

# wants pushed: pushes an address of the stack
	begin pushed, 0x28
	subq $0x8, %rsp
	leaq -0x8(%rbp), %rax
	pushq %rax
	call good.thrum@PLT
	finish pushed

# wants onstack: stores an address of the stack where arguments are passed
	begin onstack, 0x28
	subq $0x20, %rsp
	leaq -0x8(%rbp), %rax
	movq %rax, (%rsp)
	call good.thrum@PLT
	finish onstack

# wants stored: stores an address of the stack in memory
	begin stored, 0x18
	subq $0x10, %rsp
	leaq -0x10(%rbp), %rax
	movq %rax, kept(%rip)
	finish stored

# wants returned: returns with an address of the stack in rax
	begin returned
	movq %rsp, %rax
	finish returned

# Not the frame's own address, which a function that pins may return.
# wants returned_pinned: returns with an address of the stack in rax
	begin returned_pinned
	call *thrum_pin@GOTPCREL(%rip)
	call *thrum_unpin@GOTPCREL(%rip)
	leaq 0x10(%rbp), %rax
	finish returned_pinned

# A by-value argument's address is kept.
# wants byvalue: uses rbx, an address of the stack from before a call
	begin byvalue, 0x18
	pushq %rbx
	subq $8, %rsp
	leaq 0x10(%rbp), %rbx
	movl (%rbx), %edi
	call good.thrum@PLT
	movl 0x4(%rbx), %eax
	movq -0x8(%rbp), %rbx
	finish byvalue

# On one way a register has the address of another by-value argument than the one that is read.
# wants byvalue_other: passes r9, an address of the stack
	begin byvalue_other
	leaq 0x10(%rbp), %rcx
	leaq 0x20(%rbp), %rdx
	testl %edi, %edi
	je 3f
2:	movl (%rcx), %edi
	xorl %edx, %edx
	call good.thrum@PLT
	popq %rbp
	ret
3:	movq %rdx, %r9
	jmp 2b
	.size byvalue_other, . - byvalue_other

# asm that reads rsp, in a function that is pinned no longer.
# wants unpinned: uses rbx, an address of the stack from before a call
	begin unpinned, 0x18
	pushq %rbx
	subq $8, %rsp
	call thrum_pin@PLT
	movq %rsp, %rbx
	call thrum_unpin@PLT
	movl (%rbx), %eax
	movq -0x8(%rbp), %rbx
	finish unpinned

# wants othersp: sets rsp to a value that cannot be followed
	begin othersp
	movq %rdi, %rsp
	call good.thrum@PLT
	finish othersp

# ---- stack check and frame ----

# wants nocheck: has no stack check and makes calls
	.section thrumtext,"ax",@progbits
	.globl nocheck
	.type nocheck, @function
nocheck:
	pushq %rbp
	movq %rsp, %rbp
	call good.thrum@PLT
	finish nocheck

# wants shell_of_none: jumps to thrum_variadic with no instrumented function in r11
	.globl shell_of_none
	.type shell_of_none, @function
shell_of_none:
	leaq foreign(%rip), %r11
	movabsq $0x3000000008, %r10
	jmp *thrum_variadic@GOTPCREL(%rip)
	.size shell_of_none, . - shell_of_none

# wants shell_of_leaf: has no stack check and calls code without one
	.globl shell_of_leaf
	.type shell_of_leaf, @function
shell_of_leaf:
	leaq plainleaf(%rip), %r11
	movabsq $0x3000000008, %r10
	jmp *thrum_variadic@GOTPCREL(%rip)
	.size shell_of_leaf, . - shell_of_leaf
	.type plainleaf, @function
plainleaf:
	ret
	.size plainleaf, . - plainleaf

# wants shell_and_more: has no stack check and calls code without one
	.globl shell_and_more
	.type shell_and_more, @function
shell_and_more:
	testl %edi, %edi
	je 2f
	leaq direct(%rip), %r11
	movabsq $0x3000000008, %r10
	jmp *thrum_variadic@GOTPCREL(%rip)
2:	jmp good.thrum@PLT
	.size shell_and_more, . - shell_and_more

# wants bigleaf: has no stack check and a frame of
	.globl bigleaf
	.type bigleaf, @function
bigleaf:
	subq $0x200, %rsp
	movl %edi, (%rsp)
	addq $0x200, %rsp
	ret
	.size bigleaf, . - bigleaf

# wants toolarge: bytes below what its stack check asks for
	begin toolarge, 0x1008
	subq $0x1000, %rsp
	movl %edi, -0x1000(%rbp)
	finish toolarge

# wants understated: bytes below what its stack check asks for
	.globl understated
	.type understated, @function
understated:
	leaq -0x1008(%rsp), %r11
	cmpq %fs:0x70, %r11
	ja 1f
	movl $0x8, %r10d
	movl $0, %r11d
	call __morestack@PLT
	ret
1:	pushq %rbp
	movq %rsp, %rbp
	subq $0x1000, %rsp
	movl %edi, -0x1000(%rbp)
	finish understated

# The leaf function does not fit below this frame.
# wants leafdeep: bytes below what its stack check asks for; the reserve is 784, when it calls memcpy
	begin leafdeep, 0x2b8
	subq $0x2b0, %rsp
	call memcpy@PLT
	finish leafdeep

# wants latecheck: does something before it checks the stack
	.globl latecheck
	.type latecheck, @function
latecheck:
	pushq %rbp
	movq %rsp, %rbp
	call good.thrum@PLT
	popq %rbp
	cmpq %fs:0x70, %rsp
	ja 1f
	movl $0x8, %r10d
	movl $0, %r11d
	call __morestack@PLT
	ret
1:	pushq %rbp
	movq %rsp, %rbp
	finish latecheck

# wants nochain: calls good.thrum without a frame pointer
	.globl nochain
	.type nochain, @function
nochain:
	cmpq %fs:0x70, %rsp
	ja 1f
	movl $0x8, %r10d
	movl $0, %r11d
	call __morestack@PLT
	ret
1:	pushq %rax
	call good.thrum@PLT
	popq %rcx
	ret
	.size nochain, . - nochain

# wants lostchain: returns without its caller's rbp
	begin lostchain
	popq %rax
	ret
	.size lostchain, . - lostchain

# As together in good.s, but on one of the ways another pointer is compared.
# wants apart: calls through a pointer that was not compared
	begin apart, 0x38
	pushq %r14
	pushq %r13
	subq $0x10, %rsp
	leaq __start_thrumtext(%rip), %r14
	leaq __stop_thrumtext(%rip), %r13
	subq %r14, %r13
	testl %esi, %esi
	je 2f
	movq (%rdi), %r10
	movq %r10, %rax
	subq %r14, %rax
	cmpq %r13, %rax
	jmp 3f
2:	movq 8(%rdi), %r10
	movq 16(%rdi), %rax
	subq %r14, %rax
	cmpq %r13, %rax
3:	movq thrum_icall@GOTPCREL(%rip), %rax
	cmovbq %r10, %rax
	call *%rax
	movq -0x10(%rbp), %r13
	movq -0x8(%rbp), %r14
	finish apart

# A loop compares the pointer of its last round with the bounds, and calls the next one.
# wants lastround: calls through a pointer that was not compared
	begin lastround, 0x38
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	movq %rdi, %rbx
	movq (%rbx), %r12
	movq %r12, %r13
	testl %esi, %esi
	je 2f
	movq 8(%rbx), %r12
	movq %r12, %r13
2:	leaq __start_thrumtext(%rip), %rax
	movq %r13, %rcx
	subq %rax, %rcx
	leaq __stop_thrumtext(%rip), %rdx
	subq %rax, %rdx
	movq thrum_icall@GOTPCREL(%rip), %rax
	cmpq %rdx, %rcx
	cmovbq %r12, %rax
	call *%rax
	movq (%rbx), %r12
	jmp 2b
	.size lastround, . - lastround

# The second jump leads to a place where nothing has been compared.
# wants wrongtable: calls through a pointer that was not compared
	begin wrongtable, 0x28
	pushq %rbx
	subq $0x18, %rsp
	movq (%rdi), %rbx
	leaq .Lwrong(%rip), %rcx
	movslq (%rcx,%rsi,4), %rax
	addq %rcx, %rax
	jmp *%rax
.Lw1:	leaq __start_thrumtext(%rip), %rax
	movq %rbx, %r8
	subq %rax, %r8
	leaq __stop_thrumtext(%rip), %rdx
	subq %rax, %rdx
	movq thrum_icall@GOTPCREL(%rip), %rax
	cmpq %rdx, %r8
	cmovbq %rbx, %rax
	movq %rax, %rbx
.Lw2:	call *%rbx
	movq -0x8(%rbp), %rbx
	finish wrongtable
	.section .rodata,"a",@progbits
	.p2align 2
.Lwrong: .long .Lw1 - .Lwrong, .Lw2 - .Lwrong

# Only the register that walked over what was copied is free; the address of its beginning is not.
# wants recopied: passes rdi, an address of the stack, to good
	begin recopied, 0x68
	subq $0x60, %rsp
	leaq 0x20(%rsp), %rax
	movq %rax, %rdi
	movl $8, %ecx
	rep movsq
	movq %rax, %rdi
	call good
	finish recopied
