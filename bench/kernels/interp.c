// SPDX-License-Identifier: MIT
//
// interp.c - kernel: a stack machine with computed goto that counts primes with a sieve.

#include "kernel.h"

enum op { PUSH, LOAD, STORE, GETA, SETA, ADD, MUL, LESS, JZ, JMP, DROP, HALT };

typedef struct vm {
	const int32_t *pc;
	int64_t stack[32], locals[8];
	int64_t heap[4096];
	uint64_t steps;
} vm;

BENCH_NOINLINE static int64_t
execute(vm *m, const int32_t *code)
{
	static const void *const go[] = {
		&&push, &&load, &&store, &&geta, &&seta, &&add, &&mul, &&less, &&jz, &&jmp, &&drop, &&halt,
	};
	const int32_t *pc = code;
	int64_t *sp = m->stack;
	uint64_t steps = 0;
#define NEXT do { steps++; goto *go[*pc++]; } while (0)
	NEXT;
push: *sp++ = *pc++; NEXT;
load: *sp++ = m->locals[*pc++]; NEXT;
store: m->locals[*pc++] = *--sp; NEXT;
geta: sp[-1] = m->heap[sp[-1] & 4095]; NEXT;
seta: sp -= 2; m->heap[sp[0] & 4095] = sp[1]; NEXT;
add: sp--; sp[-1] += sp[0]; NEXT;
mul: sp--; sp[-1] *= sp[0]; NEXT;
less: sp--; sp[-1] = sp[-1] < sp[0]; NEXT;
jz: pc = *--sp ? pc + 1 : code + *pc; NEXT;
jmp: pc = code + *pc; NEXT;
drop: sp--; NEXT;
halt:
	m->pc = pc;
	m->steps += steps;
	return sp[-1];
}

// for i in 2..N: if !composite[i] { count++; for j = i*i; j < N; j += i: composite[j] = 1 }
static const int32_t program[] = {
	/*  0 */ PUSH, 2, STORE, 0, PUSH, 0, STORE, 2,
	/*  8 */ LOAD, 0, PUSH, 4000, LESS, JZ, 61,
	/* 15 */ LOAD, 0, GETA, PUSH, 1, LESS, JZ, 52,
	/* 23 */ LOAD, 2, PUSH, 1, ADD, STORE, 2,
	/* 30 */ LOAD, 0, LOAD, 0, MUL, STORE, 1,
	/* 37 */ LOAD, 1, PUSH, 4000, LESS, JZ, 52,
	/* 44 */ LOAD, 1, PUSH, 1, SETA, JMP, 64, HALT,
	/* 52 */ LOAD, 0, PUSH, 1, ADD, STORE, 0, JMP, 8,
	/* 61 */ LOAD, 2, HALT,
	/* 64 */ LOAD, 1, LOAD, 0, ADD, STORE, 1, JMP, 37,
};

static uint64_t
kernel(void)
{
	static vm m;
	memset(&m, 0, sizeof m);
	int64_t primes = execute(&m, program);
	return kernel_mix((uint64_t)primes, m.steps);
}

KERNEL_MAIN("interp")
