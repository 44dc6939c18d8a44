// SPDX-License-Identifier: MIT
// Shows that frames read each other's locals through an explicit display (static links), as a
// compiler for nested functions would do.
#include <stdio.h>

struct frame {
	struct frame *link, **display;
	long var[4];
	int lexical;
};

__attribute__((noinline)) static long
call(struct frame *caller, int lexical, int depth)
{
	struct frame *display[4] = { 0 }, me = { caller, display, { depth, depth * 2, 1, 0 }, lexical };
	long r = 0;

	if (caller)
		for (int i = 0; i < lexical; i++)
			display[i] = caller->display[i] ? caller->display[i] : caller;
	display[lexical] = &me;
	for (int i = 0; i < lexical; i++)
		if (display[i])
			display[i]->var[3] += me.var[i % 3] % 7;
	if (depth > 0) {
		r = call(&me, (lexical + 1) % 4, depth - 1);
		if (depth % 40 == 0)
			r += call(&me, lexical, depth / 8);
	}
	if (me.display != display || display[lexical] != &me || me.link != caller)
		printf("depth %d: display is wrong\n", depth);
	return (r * 3 + me.var[0] + me.var[3]) % 1000003;
}

int
main(void)
{
	for (int d = 0; d < 1200; d = d * 3 + 1)
		printf("%ld\n", call(NULL, 0, d));
	return 0;
}
