// SPDX-License-Identifier: MIT
// Shows that loop checks keep every vector, mask and x87 register, MXCSR and the general registers,
// of goroutines that take turns with different ones.
// thrum-only
// env: THRUM_PROCS=1 THRUM_DEBUG=asyncpreempt=0
// levels: O0 O2
// out: ok
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define TIMES 60 // that one gives way
#define SPINNERS 3

struct state {
	uint8_t vec[32][64];
	uint64_t mask[8];
	long double x87[8];
	uint64_t gpr[8]; // rax, rbx, rcx, rdx, r8, r9, r10, r11
	uint32_t mxcsr;
} __attribute__((aligned(64)));

static int wide, masks; // 0 SSE, 1 AVX, 2 AVX-512
static thrum_wg wg;
static volatile int lastran, times;

// The poll is the only check that a spinner meets: the functions have none. All registers from *in,
// one poll, all of them to *out. rdi and rsi hold the pointers.
#define FORALL8(op) op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7)
#define LOADX(n) "movups " #n "*64(%%rdi), %%xmm" #n "\n\t"
#define STOREX(n) "movups %%xmm" #n ", " #n "*64(%%rsi)\n\t"
#define LOADX8(n) "movups (" #n "+8)*64(%%rdi), %%xmm" H##n "\n\t"
#define STOREX8(n) "movups %%xmm" H##n ", (" #n "+8)*64(%%rsi)\n\t"
#define H0 "8"
#define H1 "9"
#define H2 "10"
#define H3 "11"
#define H4 "12"
#define H5 "13"
#define H6 "14"
#define H7 "15"
#define LOADY(n) "vmovups " #n "*64(%%rdi), %%ymm" #n "\n\t"
#define STOREY(n) "vmovups %%ymm" #n ", " #n "*64(%%rsi)\n\t"
#define LOADY8(n) "vmovups (" #n "+8)*64(%%rdi), %%ymm" H##n "\n\t"
#define STOREY8(n) "vmovups %%ymm" H##n ", (" #n "+8)*64(%%rsi)\n\t"
#define LOADZ(n) "vmovups " #n "*64(%%rdi), %%zmm" #n "\n\t"
#define STOREZ(n) "vmovups %%zmm" #n ", " #n "*64(%%rsi)\n\t"
#define LOADZ1(n) "vmovups (10+" #n ")*64(%%rdi), %%zmm1" #n "\n\t"
#define STOREZ1(n) "vmovups %%zmm1" #n ", (10+" #n ")*64(%%rsi)\n\t"
#define LOADZ2(n) "vmovups (20+" #n ")*64(%%rdi), %%zmm2" #n "\n\t"
#define STOREZ2(n) "vmovups %%zmm2" #n ", (20+" #n ")*64(%%rsi)\n\t"
#define LOADK(n) "kmovq %c[mask]+" #n "*8(%%rdi), %%k" #n "\n\t"
#define STOREK(n) "kmovq %%k" #n ", %c[mask]+" #n "*8(%%rsi)\n\t"
#define LOADF(n) "fldt %c[x87]+(7-" #n ")*16(%%rdi)\n\t"
#define STOREF(n) "fstpt %c[x87]+" #n "*16(%%rsi)\n\t"

#define GPRS                                                                                                            \
	"ldmxcsr %c[mxcsr](%%rdi)\n\t" FORALL8(LOADF) "mov %c[gpr](%%rdi), %%rax\n\tmov %c[gpr]+8(%%rdi), %%rbx\n\t"    \
	"mov %c[gpr]+16(%%rdi), %%rcx\n\tmov %c[gpr]+24(%%rdi), %%rdx\n\tmov %c[gpr]+32(%%rdi), %%r8\n\t"               \
	"mov %c[gpr]+40(%%rdi), %%r9\n\tmov %c[gpr]+48(%%rdi), %%r10\n\tmov %c[gpr]+56(%%rdi), %%r11\n\t"               \
	"call *thrum_looppoll@GOTPCREL(%%rip)\n\t"                                                                                 \
	"mov %%rax, %c[gpr](%%rsi)\n\tmov %%rbx, %c[gpr]+8(%%rsi)\n\t"                                                  \
	"mov %%rcx, %c[gpr]+16(%%rsi)\n\tmov %%rdx, %c[gpr]+24(%%rsi)\n\tmov %%r8, %c[gpr]+32(%%rsi)\n\t"               \
	"mov %%r9, %c[gpr]+40(%%rsi)\n\tmov %%r10, %c[gpr]+48(%%rsi)\n\tmov %%r11, %c[gpr]+56(%%rsi)\n\t"               \
	"stmxcsr %c[mxcsr](%%rsi)\n\t" FORALL8(STOREF)
#define OPERANDS                                                                                                        \
	: : "D"(in), "S"(out), [mask] "i"(offsetof(struct state, mask)), [x87] "i"(offsetof(struct state, x87)),       \
	[gpr] "i"(offsetof(struct state, gpr)), [mxcsr] "i"(offsetof(struct state, mxcsr))                              \
	: "memory", "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "st", "st(1)", "st(2)", "st(3)", "st(4)",     \
		"st(5)", "st(6)", "st(7)", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",       \
		"xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

THRUM_NOSPLIT static void
sse(const struct state *in, struct state *out)
{
	__asm__ volatile(FORALL8(LOADX) FORALL8(LOADX8) GPRS FORALL8(STOREX) FORALL8(STOREX8) OPERANDS);
}

THRUM_NOSPLIT __attribute__((target("avx"))) static void
avx(const struct state *in, struct state *out)
{
	__asm__ volatile(FORALL8(LOADY) FORALL8(LOADY8) GPRS FORALL8(STOREY) FORALL8(STOREY8) "vzeroupper" OPERANDS);
}

THRUM_NOSPLIT __attribute__((target("avx512f,avx512bw"))) static void
avx512(const struct state *in, struct state *out)
{
	__asm__ volatile(FORALL8(LOADZ) LOADZ(8) LOADZ(9) FORALL8(LOADZ1) LOADZ1(8) LOADZ1(9) FORALL8(LOADZ2) LOADZ2(8) LOADZ2(9)
			"vmovups 30*64(%%rdi), %%zmm30\n\tvmovups 31*64(%%rdi), %%zmm31\n\t" FORALL8(LOADK)
			GPRS
			FORALL8(STOREZ) STOREZ(8) STOREZ(9) FORALL8(STOREZ1) STOREZ1(8) STOREZ1(9) FORALL8(STOREZ2) STOREZ2(8) STOREZ2(9)
			"vmovups %%zmm30, 30*64(%%rsi)\n\tvmovups %%zmm31, 31*64(%%rsi)\n\t" FORALL8(STOREK) "vzeroupper" OPERANDS,
			"xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",
			"xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7");
}

static inline __attribute__((always_inline)) uint64_t
rnd(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void
spinner(void *arg)
{
	int me = (int)(long)arg;
	uint64_t seed = 88172645463325252 + (uint64_t)me;
	struct state *in = aligned_alloc(64, 2 * sizeof *in), *out = in + 1;
	size_t width = (size_t)16 << wide, vectors = wide == 2 ? 32 : 16;
	CHECK(in);
	while (times < TIMES) {
		for (size_t i = 0; i < sizeof *in / 8; i++)
			((uint64_t *)in)[i] = rnd(&seed);
		for (int i = 0; i < 8; i++)
			in->x87[i] = (long double)(int64_t)rnd(&seed) / 3;
		in->mxcsr = 0x1f80 | (rnd(&seed) & 3) << 13;
		memset(out, 0, sizeof *out);
		lastran = me;
		if (wide == 2)
			avx512(in, out);
		else if (wide == 1)
			avx(in, out);
		else
			sse(in, out);
		uint32_t usual = 0x1f80;
		__asm__ volatile("ldmxcsr %0" : : "m"(usual));
		for (size_t i = 0; i < vectors; i++)
			CHECK(memcmp(in->vec[i], out->vec[i], width) == 0);
		CHECK(!masks || memcmp(in->mask, out->mask, sizeof in->mask) == 0);
		for (int i = 0; i < 8; i++)
			CHECK(in->x87[i] == out->x87[i]);
		CHECK(memcmp(in->gpr, out->gpr, sizeof in->gpr) == 0);
		CHECK((out->mxcsr & 0xffc0) == in->mxcsr);
		times += lastran != me;
	}
	free(in);
	thrum_wg_done(&wg);
}

int
main(void)
{
	wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") ? 2 : __builtin_cpu_supports("avx") ? 1 : 0;
	masks = wide == 2;
	thrum_wg_add(&wg, SPINNERS);
	for (long i = 0; i < SPINNERS; i++)
		CHECK(thrum_go(spinner, (void *)i) == 0);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
