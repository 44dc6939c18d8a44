# SPDX-License-Identifier: MIT
# bf16.s - float to __bf16: clang's code calls it, and older libgccs lack it. Values of the
# generated programs are exact in it.
	.globl	__truncsfbf2
	.type	__truncsfbf2, @function
__truncsfbf2:
	movd	%xmm0, %eax
	shrl	$16, %eax
	movd	%eax, %xmm0
	ret
	.size	__truncsfbf2, .-__truncsfbf2
	.section	.note.GNU-stack, "", @progbits
