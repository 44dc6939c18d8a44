// SPDX-License-Identifier: MIT
// Foreign side of aside_*.c: a switch of stacks as coroutine libraries have it, in assembly.
#include <setjmp.h>
#include <stdlib.h>

struct co {
	void **sp;
};

struct co *co_transfer(struct co *from, struct co *to);

__asm__(".text\n"
	".globl co_transfer\n"
	"co_transfer:\n"
	"	pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq (%rsi), %rsp\n"
	"	popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp\n"
	"	movq %rdi, %rax\n"
	"	ret\n");

// co_begin: the first switch to c calls fn on a stack of its own. fn does not return.
void
co_begin(struct co *c, void (*fn)(void))
{
	enum { WORDS = 1 << 15 };
	void **stack = calloc(WORDS, sizeof *stack);
	c->sp = stack + WORDS - 1; // as behind a call
	*--c->sp = (void *)fn;
	c->sp -= 6;
}

// co_call calls fn(v, ...) on a stack of its own, and comes back when that returns.
static struct co caller, callee;
static int (*co_fn)(int, int, int, int, int, int, int, int);
static int co_v, co_result;

static void
co_start(void)
{
	co_result = co_fn(co_v, 2, 3, 4, 5, 6, 7, 8);
	co_transfer(&callee, &caller);
}

int
co_call(int (*fn)(int, int, int, int, int, int, int, int), int v)
{
	struct co up = caller, down = callee;
	int (*f)(int, int, int, int, int, int, int, int) = co_fn;
	int w = co_v;
	co_fn = fn;
	co_v = v;
	co_begin(&callee, co_start);
	void *stack = callee.sp;
	co_transfer(&caller, &callee);
	free((void **)stack + 8 - (1 << 15));
	caller = up;
	callee = down;
	co_fn = f;
	co_v = w;
	return co_result;
}

// co_try calls fn(v), which may jump back here, on the stack of the caller.
jmp_buf co_env;

int
co_try(int (*fn)(int), int v)
{
	int r = setjmp(co_env);
	return r ? r : fn(v);
}
