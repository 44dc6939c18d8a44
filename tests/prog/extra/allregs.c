// SPDX-License-Identifier: MIT
//
// allregs.c - see allregs.h. The three routines are assembly in the section of instrumented code,
// so that a signal may stop them anywhere. Between "waits" and "looks" nothing changes a register
// but the two that count, by instructions that leave the flags alone.
#include "allregs.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

_Static_assert(offsetof(allregs, flags) == 120 && offsetof(allregs, red) == 192 && offsetof(allregs, st) == 320 &&
	offsetof(allregs, k) == 448 && offsetof(allregs, vec) == 512 && offsetof(allregs, x87) == 2560, "as the assembly has it");

void allregs_sse(allregs *in, allregs *out), allregs_avx(allregs *in, allregs *out), allregs_avx512(allregs *in, allregs *out);

__asm__(
	".pushsection thrumtext,\"ax\",@progbits\n"
	".intel_syntax noprefix\n"

	".macro vectors kind, op\n"
	".set i, 0\n"
	".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	\\op \\kind, \\n\n"
	".endr\n"
	".ifc \\kind, avx512\n"
	".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
	"	\\op \\kind, \\n\n"
	".endr\n"
	".irp n, 0,1,2,3,4,5,6,7\n"
	"	mask_\\op \\n\n"
	".endr\n"
	".endif\n"
	".endm\n"
	".macro fill kind, n\n"
	".ifc \\kind, sse\n	movdqa xmm\\n, [rdi + 512 + 64 * \\n]\n.endif\n"
	".ifc \\kind, avx\n	vmovdqa ymm\\n, [rdi + 512 + 64 * \\n]\n.endif\n"
	".ifc \\kind, avx512\n	vmovdqa64 zmm\\n, [rdi + 512 + 64 * \\n]\n.endif\n"
	".endm\n"
	".macro keep kind, n\n"
	".ifc \\kind, sse\n	movdqa [rax + 512 + 64 * \\n], xmm\\n\n.endif\n"
	".ifc \\kind, avx\n	vmovdqa [rax + 512 + 64 * \\n], ymm\\n\n.endif\n"
	".ifc \\kind, avx512\n	vmovdqa64 [rax + 512 + 64 * \\n], zmm\\n\n.endif\n"
	".endm\n"
	".macro mask_fill n\n	kmovq k\\n, [rdi + 448 + 8 * \\n]\n.endm\n"
	".macro mask_keep n\n	kmovq [rax + 448 + 8 * \\n], k\\n\n.endm\n"

	// [rsp]: the caller's MXCSR and control word, 8: out, 16: scratch, 24: count, 32: rcx
	".macro routine kind\n"
	".p2align 4\n"
	".globl allregs_\\kind, allregs_\\kind\\().thrum\n"
	".hidden allregs_\\kind\\().thrum\n"
	".type allregs_\\kind, @function\n"
	".set allregs_\\kind\\().thrum, allregs_\\kind\n"
	"allregs_\\kind:\n"
	".cfi_startproc\n"
	"	lea r11, [rsp - 512]\n"
	"	cmp r11, fs:112\n"
	"	jbe 9f\n"
	"8:\n"
	"	push rbp\n	push rbx\n	push r12\n	push r13\n	push r14\n	push r15\n"
	"	sub rsp, 72\n"
	".cfi_def_cfa_offset 128\n"
	".cfi_offset rbp, -16\n"
	"	stmxcsr [rsp]\n"
	"	fnstcw [rsp + 4]\n"
	"	mov [rsp + 8], rsi\n"
	"	mov rax, [rdi + 136]\n"
	"	mov [rsp + 24], rax\n"
	"	fninit\n"
	"	fldcw [rdi + 132]\n"
	"	movzx ecx, word ptr [rdi + 134]\n"
	"	lea rdx, [rdi + 320]\n"
	"1:	jrcxz 2f\n"
	"	fld tbyte ptr [rdx]\n"
	"	add rdx, 16\n"
	"	dec rcx\n"
	"	jmp 1b\n"
	"2:	fnsave [rdi + 2560]\n"
	"	frstor [rdi + 2560]\n"
	"	vectors \\kind, fill\n"
	"	ldmxcsr [rdi + 128]\n"
	"	push qword ptr [rdi + 120]\n"
	"	popfq\n"
	".set i, 0\n"
	".rept 16\n"
	"	mov rax, [rdi + 192 + i]\n"
	"	mov [rsp - 128 + i], rax\n"
	".set i, i + 8\n"
	".endr\n"
	"	mov rax, [rdi]\n	mov rbx, [rdi + 8]\n	mov rcx, [rdi + 16]\n	mov rdx, [rdi + 24]\n"
	"	mov rsi, [rdi + 32]\n	mov rbp, [rdi + 48]\n	mov r8, [rdi + 56]\n	mov r9, [rdi + 64]\n"
	"	mov r10, [rdi + 72]\n	mov r11, [rdi + 80]\n	mov r12, [rdi + 88]\n	mov r13, [rdi + 96]\n"
	"	mov r14, [rdi + 104]\n	mov r15, [rdi + 112]\n	mov rdi, [rdi + 40]\n"
	// waits
	".rept 100\n	pause\n.endr\n"
	"	mov [rsp + 32], rcx\n"
	"	mov rcx, [rsp + 24]\n"
	"3:	lea rbx, [rbx + 1]\n"
	"	loop 3b\n"
	// looks
	"	mov [rsp + 16], rax\n"
	"	mov rax, [rsp + 8]\n"
	"	mov [rax + 8], rbx\n	mov [rax + 136], rcx\n	mov [rax + 24], rdx\n"
	"	mov [rax + 32], rsi\n	mov [rax + 40], rdi\n	mov [rax + 48], rbp\n	mov [rax + 56], r8\n"
	"	mov [rax + 64], r9\n	mov [rax + 72], r10\n	mov [rax + 80], r11\n	mov [rax + 88], r12\n"
	"	mov [rax + 96], r13\n	mov [rax + 104], r14\n	mov [rax + 112], r15\n"
	"	mov rbx, [rsp + 16]\n	mov [rax], rbx\n"
	"	mov rbx, [rsp + 32]\n	mov [rax + 16], rbx\n"
	".set i, 0\n"
	".rept 16\n"
	"	mov rbx, [rsp - 128 + i]\n"
	"	mov [rax + 192 + i], rbx\n"
	".set i, i + 8\n"
	".endr\n"
	"	pushfq\n"
	"	pop qword ptr [rax + 120]\n"
	"	cld\n"
	"	stmxcsr [rax + 128]\n"
	"	vectors \\kind, keep\n"
	"	fnsave [rax + 2560]\n"
	"	fldcw [rsp + 4]\n"
	"	ldmxcsr [rsp]\n"
	".ifnc \\kind, sse\n	vzeroupper\n.endif\n"
	"	add rsp, 72\n"
	"	pop r15\n	pop r14\n	pop r13\n	pop r12\n	pop rbx\n	pop rbp\n"
	".cfi_def_cfa_offset 8\n"
	".cfi_same_value rbp\n"
	"	ret\n"
	"9:	mov r10d, 512\n"
	"	xor r11d, r11d\n"
	"	call __morestack@PLT\n"
	"	ret\n"
	"	jmp 8b\n"
	".cfi_endproc\n"
	".size allregs_\\kind, . - allregs_\\kind\n"
	".endm\n"

	"	routine sse\n"
	"	routine avx\n"
	"	routine avx512\n"
	".att_syntax\n"
	".popsection\n");

// CF PF AF ZF SF DF OF, and ID, which does nothing; IF and the bit that is always 1
#define FLAGS 0x200cd5u
#define ALWAYS 0x202u
#define WIDTH(kind) ((size_t)16 << (kind))
#define FIP 12 // of fnsave's words: where the last instruction was, which nobody needs
#define REGS 28

static uint64_t
next(uint64_t *s)
{
	uint64_t z = *s += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

int
allregs_best(void)
{
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
		return AllregsAvx512;
	return __builtin_cpu_supports("avx2") ? AllregsAvx : AllregsSse;
}

static void
fill(allregs *r, uint64_t seed, uint64_t count)
{
	uint64_t *w = (uint64_t *)r;
	for (size_t i = 0; i < sizeof *r / sizeof *w; i++)
		w[i] = next(&seed);
	r->flags = (r->flags & FLAGS) | ALWAYS;
	// rounding, FTZ, DAZ, what has happened; all masked.
	r->mxcsr = (r->mxcsr & 0xe07f) | 0x1f80;
	r->fcw = (uint16_t)(0x7f | (r->fcw & 0xc00) | (r->fcw & 0x100 ? 0x300 : 0x200));
	r->nst %= 9;
	r->counted = count;
	for (int i = 0; i < 8; i++) {
		r->st[i][7] |= 0x80; // a normal number
		r->st[i][9] = 0x40;
	}
	memset(r->x87, 0, sizeof r->x87);
}

int
allregs_check(allregs *pair, int kind, uint64_t seed, uint64_t count)
{
	static const char *const names[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
	allregs *in = pair, *out = pair + 1;
	int bad = 0;
	fill(in, seed, count);
	memset(out, 0, sizeof *out);
	(kind == AllregsAvx512 ? allregs_avx512 : kind == AllregsAvx ? allregs_avx : allregs_sse)(in, out);
#define DIFFERS(what, i, a, b) \
	(bad = 1, fprintf(stderr, "seed %#lx, kind %d: %s %zu is %#lx, was %#lx\n", (unsigned long)seed, kind, what, (size_t)(i), (unsigned long)(b), (unsigned long)(a)))
	in->gpr[1] += count;
	for (size_t i = 0; i < 15; i++)
		if (in->gpr[i] != out->gpr[i])
			DIFFERS(names[i], i, in->gpr[i], out->gpr[i]);
	if (out->counted != 0)
		DIFFERS("count", 0, 0, out->counted);
	if ((in->flags & FLAGS) != (out->flags & FLAGS))
		DIFFERS("flags", 0, in->flags & FLAGS, out->flags & FLAGS);
	if (in->mxcsr != out->mxcsr)
		DIFFERS("mxcsr", 0, in->mxcsr, out->mxcsr);
	for (size_t i = 0; i < 16; i++)
		if (in->red[i] != out->red[i])
			DIFFERS("red zone", i, in->red[i], out->red[i]);
	for (size_t i = 0; i < 108; i++)
		if ((i < FIP || i >= REGS) && in->x87[i] != out->x87[i])
			DIFFERS("x87 byte", i, in->x87[i], out->x87[i]);
	for (size_t i = 0; i < (kind == AllregsAvx512 ? 32 : 16); i++)
		for (size_t b = 0; b < WIDTH(kind); b++)
			if (in->vec[i][b] != out->vec[i][b]) {
				DIFFERS("vector register", i, in->vec[i][b], out->vec[i][b]);
				break;
			}
	for (size_t i = 0; i < 8 && kind == AllregsAvx512; i++)
		if (in->k[i] != out->k[i])
			DIFFERS("mask", i, in->k[i], out->k[i]);
	return bad;
}
