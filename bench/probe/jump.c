// SPDX-License-Identifier: MIT
//
// jump.c - hardware probe: the cost of a predicted indirect jump.
//
// A context switch cannot be cheaper than the jump that ends it. The chains:
//	reg     16 sites, each with its own fixed target, through a register
//	mem     the same through memory, as thrum_switch does it
//	shared  one jump instruction whose target changes every time among 16, in a
//	        pattern the predictor learns: what a *called* switch does
// The targets do not follow one another in memory, so that each jump is a real one.
//	call    a call and its return, for comparison
//	sp      a jump between two stacks, 8 sites each: stores rsp and the address to
//	        come back to, loads those of the other side. Nothing that keeps its
//	        stack pointer in memory can switch in less; the store has to reach the
//	        load (store forwarding, 7 cycles or so per round trip).
// One operation is one jump. The counting is in every sixteenth block.

#include "../bench.h"

uint64_t bench_jump_reg(uint64_t n);
uint64_t bench_jump_mem(uint64_t n);
uint64_t bench_jump_shared(uint64_t n);
uint64_t bench_jump_call(uint64_t n);
uint64_t bench_jump_sp(uint64_t n);

// Block i goes to block i+5 mod 16; block 0 counts. n is in rounds of 16 jumps.
__asm__(
	".section .data.rel.local.bench_jump,\"aw\",@progbits\n"
	".p2align 6\n"
	"jump_mem_tab:\n"
	".irp t,5,6,7,8,9,10,11,12,13,14,15,0,1,2,3,4\n"
	"	.quad jump_mem_\\t\n"
	".endr\n"
	"jump_shared_tab:\n"
	".irp t,5,6,7,8,9,10,11,12,13,14,15,0,1,2,3,4\n"
	"	.quad jump_shared_\\t\n"
	".endr\n"
	".text\n"
	".globl bench_jump_mem, bench_jump_reg, bench_jump_shared, bench_jump_call\n"
	".p2align 6\n"
	"bench_jump_mem:\n"
	"	incq %rdi\n"
	"jump_mem_0:\n"
	"	decq %rdi\n"
	"	jz 9f\n"
	"	jmpq *jump_mem_tab(%rip)\n"
	".irp i,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	.p2align 5\n"
	"jump_mem_\\i:\n"
	"	jmpq *jump_mem_tab+8*\\i(%rip)\n"
	".endr\n"
	"9:	xorl %eax, %eax\n"
	"	ret\n"
	".p2align 6\n"
	"bench_jump_reg:\n"
	"	incq %rdi\n"
	"jump_reg_0:\n"
	"	decq %rdi\n"
	"	jz 9f\n"
	"	leaq jump_reg_5(%rip), %rax\n"
	"	jmpq *%rax\n"
	".macro jump_reg from, to\n"
	"	.p2align 5\n"
	"jump_reg_\\from:\n"
	"	leaq jump_reg_\\to(%rip), %rax\n"
	"	jmpq *%rax\n"
	".endm\n"
	"	jump_reg 1,6\n	jump_reg 2,7\n	jump_reg 3,8\n	jump_reg 4,9\n	jump_reg 5,10\n"
	"	jump_reg 6,11\n	jump_reg 7,12\n	jump_reg 8,13\n	jump_reg 9,14\n	jump_reg 10,15\n"
	"	jump_reg 11,0\n	jump_reg 12,1\n	jump_reg 13,2\n	jump_reg 14,3\n	jump_reg 15,4\n"
	"9:	xorl %eax, %eax\n"
	"	ret\n"
	".p2align 6\n"
	"bench_jump_shared:\n"
	"	incq %rdi\n"
	"	leaq jump_shared_tab(%rip), %rcx\n"
	"jump_shared_0:\n"
	"	decq %rdi\n"
	"	jz 9f\n"
	"	xorl %eax, %eax\n"
	"	jmp jump_shared_go\n"
	"	.p2align 5\n"
	"jump_shared_go:\n"
	"	jmpq *(%rcx,%rax,8)\n"
	".irp i,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"	.p2align 5\n"
	"jump_shared_\\i:\n"
	"	movl $\\i, %eax\n"
	"	jmp jump_shared_go\n"
	".endr\n"
	"9:	xorl %eax, %eax\n"
	"	ret\n"
	".p2align 6\n"
	"bench_jump_call:\n"
	"	testq %rdi, %rdi\n"
	"	jz 9f\n"
	"1:	.rept 16\n"
	"	call jump_empty\n"
	"	.endr\n"
	"	decq %rdi\n"
	"	jnz 1b\n"
	"9:	xorl %eax, %eax\n"
	"	ret\n"
	"	.p2align 5\n"
	"jump_empty:\n"
	"	ret\n"
	// rdx counts; each side is 8 sites. Side b starts at its first site.
	".macro jump_sp_site side, other, i\n"
	"	leaq jump_sp_\\side(%rip), %rdi\n"
	"	leaq jump_sp_\\other(%rip), %rsi\n"
	"	leaq 8f(%rip), %rax\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rax, 8(%rdi)\n"
	"	movq (%rsi), %rsp\n"
	"	jmpq *8(%rsi)\n"
	"	.p2align 4\n"
	"8:\n"
	".endm\n"
	".local jump_sp_a, jump_sp_b, jump_sp_stack\n"
	".comm jump_sp_a,64,64\n"
	".comm jump_sp_b,64,64\n"
	".comm jump_sp_stack,4096,64\n"
	".globl bench_jump_sp\n"
	".p2align 6\n"
	"bench_jump_sp:\n"
	"	movq %rdi, %rdx\n"
	"	leaq jump_sp_stack+2048(%rip), %rax\n"
	"	movq %rax, jump_sp_b(%rip)\n"
	"	leaq 2f(%rip), %rax\n"
	"	movq %rax, jump_sp_b+8(%rip)\n"
	"	testq %rdx, %rdx\n"
	"	jz 9f\n"
	"	.p2align 5\n"
	"1:	.irp i,0,1,2,3,4,5,6,7\n"
	"	jump_sp_site a, b, \\i\n"
	"	.endr\n"
	"	decq %rdx\n"
	"	jnz 1b\n"
	"9:	xorl %eax, %eax\n"
	"	ret\n"
	"	.p2align 5\n"
	"2:	.irp i,0,1,2,3,4,5,6,7\n"
	"	jump_sp_site b, a, \\i\n"
	"	.endr\n"
	"	jmp 2b\n");

// n jumps, a multiple of 16.
static void
run(bench_case *c, uint64_t n)
{
	static uint64_t (*const chain[])(uint64_t) = {
		bench_jump_mem, bench_jump_reg, bench_jump_shared, bench_jump_call, bench_jump_sp,
	};
	chain[c->arg](n / 16);
}

bench_case jump_cases[] = {
	{.name = "Switch/probe-jump-mem", .run = run, .arg = 0, .unit = 16},
	{.name = "Switch/probe-jump-reg", .run = run, .arg = 1, .unit = 16},
	{.name = "Switch/probe-jump-shared", .run = run, .arg = 2, .unit = 16},
	{.name = "Switch/probe-call-ret", .run = run, .arg = 3, .unit = 16},
	{.name = "Switch/probe-jump-sp", .run = run, .arg = 4, .unit = 16},
	{.name = NULL},
};
