// SPDX-License-Identifier: MIT
// Shows that structs with flexible array members live in local byte buffers and alloca blocks of
// recursive frames.
#include <alloca.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct msg {
	struct msg *from;
	unsigned short len;
	char text[];
};

__attribute__((noinline)) static unsigned
relay(struct msg *m, int depth)
{
	_Alignas(struct msg) char room[sizeof(struct msg) + 40];
	struct msg *mine = depth & 1 ? (struct msg *)(void *)room : alloca(sizeof *mine + 40), head;
	unsigned r = 0;

	mine->from = m;
	mine->len = (unsigned short)snprintf(mine->text, 40, "%d:%.20s", depth, m->text);
	head = *mine;
	if (depth > 0)
		r = relay(mine, depth - 1);
	else
		for (struct msg *p = mine; p; p = p->from)
			r = r * 31 + (unsigned)strlen(p->text);
	if (head.len != mine->len || head.len != strlen(mine->text) || mine->from != m)
		printf("depth %d: message damaged\n", depth);
	return r + mine->len;
}

int
main(void)
{
	struct msg *start = alloca(offsetof(struct msg, text) + 8);

	start->from = NULL;
	start->len = 5;
	strcpy(start->text, "hello");
	for (int d = 0; d < 1500; d = d * 2 + 3)
		printf("%d %u\n", d, relay(start, d));
	return 0;
}
