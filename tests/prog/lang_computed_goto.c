// SPDX-License-Identifier: MIT
// Shows that a threaded bytecode machine with computed goto, its stack and registers in locals,
// calls itself for subroutines.
#include <stdio.h>

enum { PUSH, ADD, MUL, SUB, DUP, SWAP, JNZ, CALL, RET, STORE, LOAD, HALT };

__attribute__((noinline)) static int
run(const signed char *code, int pc, unsigned *regs, unsigned arg, unsigned *steps)
{
	static const void *const ops[] = { &&push, &&add, &&mul, &&sub, &&dup, &&swap, &&jnz, &&call, &&ret, &&store, &&load, &&halt };
	unsigned stack[16], *sp = stack, t, mine[4];

	*sp = arg;
	for (int i = 0; i < 4; i++)
		mine[i] = regs[i];
#define NEXT do { ++*steps; goto *ops[(int)code[pc++]]; } while (0)
	NEXT;
push:
	*++sp = (unsigned)code[pc++];
	NEXT;
add:
	sp--, sp[0] += sp[1];
	NEXT;
mul:
	sp--, sp[0] *= sp[1];
	NEXT;
sub:
	sp--, sp[0] -= sp[1];
	NEXT;
dup:
	sp[1] = sp[0], sp++;
	NEXT;
swap:
	t = sp[0], sp[0] = sp[-1], sp[-1] = t;
	NEXT;
jnz:
	t = *sp--;
	pc += t ? code[pc] : 1;
	NEXT;
call:
	*sp = (unsigned)run(code, code[pc], mine, *sp, steps);
	pc++;
	NEXT;
store:
	mine[(int)code[pc++]] = *sp--;
	NEXT;
load:
	*++sp = mine[(int)code[pc++]];
	NEXT;
ret:
halt:
	for (int i = 0; i < 2; i++)
		regs[i] += mine[i + 1];
	return (int)*sp;
}

int
main(void)
{
	static const signed char squares[] = {
		/* 0 */ STORE, 0, PUSH, 0, LOAD, 0, DUP, MUL, ADD, LOAD, 0, PUSH, 1, SUB, DUP, STORE, 0, JNZ, -14, HALT,
	};
	static const signed char fact[] = {
		/* 0 */ STORE, 0, LOAD, 0, JNZ, 4, PUSH, 1, RET, LOAD, 0, PUSH, 1, SUB, CALL, 0, LOAD, 0, MUL, RET,
	};
	for (unsigned n = 0; n < 700; n = n * 3 + 2) {
		unsigned regs[4] = { 1, 2, 3, 4 }, steps = 0;
		int r = run(fact, 0, regs, n | 1, &steps);
		printf("%u: %d %u %u %u\n", n, r, steps, regs[0], regs[1]);
	}
	for (unsigned n = 1; n < 1000; n = n * 4 + 1) {
		unsigned regs[4] = { 0 }, steps = 0;
		printf("%u: %d", n, run(squares, 0, regs, n, &steps));
		printf(" %u\n", steps);
	}
	return 0;
}
