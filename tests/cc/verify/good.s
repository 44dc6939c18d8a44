# SPDX-License-Identifier: MIT
# good.s - the neighbours of mutants.s in which thrum-verify finds nothing.

	.include "frame.inc"
	.hidden other.thrum

	begin good
	call other.thrum@PLT
	call *memcpy@GOTPCREL(%rip)
	call *thrum_yield@GOTPCREL(%rip)
	finish good

	begin checked
	range %rdi
	cmovbq %rdi, %rax
	call *%rax
	finish checked

# The comparison decides a jump, and the bounds come from slots, after a call.
	begin bounds, 0x58
	subq $0x50, %rsp
	movq %rsi, -0x8(%rbp)
	leaq __start_thrumtext(%rip), %rax
	leaq __stop_thrumtext(%rip), %rcx
	subq %rax, %rcx
	movq %rcx, -0x10(%rbp)
	subq %rax, %rsi
	movq %rsi, -0x18(%rbp)
	call good
	movq -0x18(%rbp), %rcx
	cmpq %rcx, -0x10(%rbp)
	movq -0x8(%rbp), %rax
	ja 2f
	movq thrum_icall@GOTPCREL(%rip), %rax
2:	call *%rax
	finish bounds

	begin tail
	range %rdi
	cmovbq %rdi, %rax
	popq %rbp
	jmp *%rax
	.size tail, . - tail

# An address that is used at once.
	begin fresh, 0x38
	subq $0x30, %rsp
	leaq -0x20(%rbp), %rax
	movl %edi, 0x4(%rax)
	movl 0x4(%rax), %edi
	xorl %eax, %eax
	call good
	finish fresh

	begin byvalue
	leaq 0x10(%rbp), %rcx
	movl (%rcx), %edi
	call good
	finish byvalue

# On one way its address is kept in another register for a while.
	begin byvalue_kept
	leaq 0x10(%rbp), %rcx
	movzwl %di, %r9d
	testl %r9d, %r9d
	je 3f
2:	movl (%rcx), %edi
	call good
	popq %rbp
	ret
3:	movq %rcx, %r9
	call *thrum_uframe_slow@GOTPCREL(%rip)
	movq %r9, %rcx
	jmp 2b
	.size byvalue_kept, . - byvalue_kept

	begin pinned, 0x18
	pushq %rbx
	subq $8, %rsp
	call *thrum_pin@GOTPCREL(%rip)
	movq %rsp, %rbx
	movq %rbx, %rdi
	call good
	movl (%rbx), %eax
	movq -0x8(%rbp), %rbx
	call *thrum_unpin@GOTPCREL(%rip)
	finish pinned

	begin framed, 0x18
	call *thrum_pin@GOTPCREL(%rip)
	pushq %rbp
	subq $8, %rsp
	call *thrum_unpin@GOTPCREL(%rip)
	movq 8(%rsp), %rax
	addq $16, %rsp
	finish framed

	.globl large
	.type large, @function
large:
	leaq -0x1008(%rsp), %r11
	cmpq %fs:0x70, %r11
	ja 1f
	movl $0x1008, %r10d
	movl $0, %r11d
	call __morestack@PLT
	ret
1:	pushq %rbp
	movq %rsp, %rbp
	subq $0x1000, %rsp
	movl %edi, -0x1000(%rbp)
	call good
	finish large

	.globl shell
	.type shell, @function
shell:
	leaq large(%rip), %r11
	movabsq $0x3000000008, %r10
	jmp *thrum_variadic@GOTPCREL(%rip)
	.size shell, . - shell

# The value that the check has left in r11 is read as an undefined value, as when a vector is filled
# element by element.
	.globl undefined
	.type undefined, @function
undefined:
	leaq -0x1008(%rsp), %r11
	cmpq %fs:0x70, %r11
	ja 1f
	movl $0x1008, %r10d
	movl $0, %r11d
	call __morestack@PLT
	ret
1:	pushq %rbp
	movq %rsp, %rbp
	movq %r11, kept(%rip)
	popq %rbp
	ret
	.size undefined, . - undefined

	.globl leaf
	.type leaf, @function
leaf:
	movl %edi, -0x8(%rsp)
	leal 1(%rdi), %eax
	ret
	.size leaf, . - leaf

# Two ways compare one pointer each and go on together: it is compared on both.
	begin together, 0x38
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
	movq %r10, %rax
	subq %r14, %rax
	cmpq %r13, %rax
3:	movq thrum_icall@GOTPCREL(%rip), %rax
	cmovbq %r10, %rax
	call *%rax
	movq -0x10(%rbp), %r13
	movq -0x8(%rbp), %r14
	finish together

# Two tables: the second jump does not lead to the labels of the first, where no compare has been
# made.
	begin tables, 0x28
	pushq %rbx
	subq $0x18, %rsp
	leaq .Lfirst(%rip), %rcx
	movslq (%rcx,%rsi,4), %rax
	addq %rcx, %rax
	jmp *%rax
.La:	xorl %ebx, %ebx
	movq (%rdi), %rdi
.Lb:	movq %rdi, %rbx
	movq %rdi, %r8
	leaq __start_thrumtext(%rip), %rax
	subq %rax, %r8
	leaq __stop_thrumtext(%rip), %rdx
	subq %rax, %rdx
	leaq .Lsecond(%rip), %rcx
	movslq (%rcx,%rsi,4), %rax
	addq %rcx, %rax
	jmp *%rax
.Lc:	movl $1, %edi
.Ld:	movq thrum_icall@GOTPCREL(%rip), %rax
	cmpq %rdx, %r8
	cmovbq %rbx, %rax
	call *%rax
	movq -0x8(%rbp), %rbx
	finish tables
	.section .rodata,"a",@progbits
	.p2align 2
.Lfirst: .long .La - .Lfirst, .Lb - .Lfirst
.Lsecond: .long .Lc - .Lsecond, .Ld - .Lsecond

# A frame beyond a chunk is asked for while the address of by-value arguments is in a register.
	begin bigframe, 0x18
	pushq %rbx
	subq $8, %rsp
	leaq 0x10(%rbp), %rbx
	movl $0x20000, %edi
	movl $0x10, %esi
	call *thrum_ubig@GOTPCREL(%rip)
	movups (%rbx), %xmm0
	movups %xmm0, (%rax)
	movq -0x8(%rbp), %rbx
	finish bigframe

# The range is made in its slot.
	begin inslot, 0x28
	subq $0x20, %rsp
	movq __stop_thrumtext@GOTPCREL(%rip), %rax
	movq %rax, -0x8(%rbp)
	leaq __start_thrumtext(%rip), %rax
	subq %rax, -0x8(%rbp)
	movq (%rdi), %r10
	movq %r10, %rcx
	subq %rax, %rcx
	movq %r10, %rax
	cmpq -0x8(%rbp), %rcx
	jb 2f
	movq thrum_icall@GOTPCREL(%rip), %rax
2:	call *%rax
	finish inslot

# Stores that are narrower than the register: right below the saved rbp they leave it alone.
	begin narrow, 0x18
	subq $0x10, %rsp
	fnstcw -0x2(%rbp)
	fistps -0x2(%rbp)
	fistpl -0x4(%rbp)
	fstps -0x4(%rbp)
	pextrw $0, %xmm0, -0x2(%rbp)
	vpextrb $4, %xmm0, -0x1(%rbp)
	vpextrd $1, %xmm0, -0x4(%rbp)
	kmovb %k0, -0x1(%rbp)
	kmovw %k0, -0x2(%rbp)
	finish narrow

# A long double takes 10 bytes: what may be called lies right above it.
	begin tenbytes, 0x28
	subq $0x20, %rsp
	range %rdi
	cmovbq %rdi, %rax
	movq %rax, -0x8(%rbp)
	fstpt -0x12(%rbp)
	call *-0x8(%rbp)
	finish tenbytes

# A call through a register thunk, and the return of -mlvi-cfi.
	begin retpoline
	range %rdi
	cmovbq %rdi, %rax
	movq %rax, %r11
	call __llvm_retpoline_r11@PLT
	movq good.thrum@GOTPCREL(%rip), %r11
	call __llvm_lvi_thunk_r11
	popq %rbp
	popq %rcx
	lfence
	jmp *%rcx
	.size retpoline, . - retpoline

# A by-value argument behind another one: the code that copies it ends at its end, which is not
# passed.
	begin behind_value, 0x68
	subq $0x60, %rsp
	leaq 0x20(%rsp), %rdi
	movl $8, %ecx
	rep movsq
	movaps %xmm0, (%rsp)
	call good
	finish behind_value

# Data behind a table. Code takes its address in other ways than those by which tables are found:
# the last entry belongs to the table.
	begin lastentry, 0x8
	leaq .Llast(%rip), %rcx
	movslq (%rcx,%rsi,4), %rax
	addq %rcx, %rax
	jmp *%rax
.Lfore: xorl %eax, %eax
	popq %rbp
	ret
.Laft: movq behind@GOTPCREL(%rip), %rax
	cmpl $7, behind(%rip)
	popq %rbp
	ret
	.size lastentry, . - lastentry
	.section .rodata,"a",@progbits
	.p2align 2
.Llast: .long .Lfore - .Llast, .Laft - .Llast
behind: .long 7
