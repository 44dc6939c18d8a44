// SPDX-License-Identifier: MIT
// Shows that __attribute__((cleanup)) handlers get the addresses of locals, in reverse order, on
// return, break, continue and goto.
#include <stdio.h>
#include <stdlib.h>

static unsigned trace;
static int live;

struct res { int id; int *mem; };

static void
drop(struct res *r)
{
	trace = trace * 31 + (unsigned)r->id * 7 + (unsigned)*r->mem;
	free(r->mem);
	live--;
}

static void
note(int *p)
{
	trace = trace * 31 + (unsigned)*p;
}

__attribute__((noinline)) static struct res
get(int id)
{
	struct res r = { id, malloc(sizeof *r.mem) };

	*r.mem = id * 3;
	live++;
	return r;
}

__attribute__((noinline)) static int
nest(int depth)
{
	struct res a __attribute__((cleanup(drop))) = get(depth);
	int n __attribute__((cleanup(note))) = depth * 2;

	for (int i = 0; i < 4; i++) {
		struct res b __attribute__((cleanup(drop))) = get(i);
		if (i == depth % 3)
			continue;
		{
			int inner __attribute__((cleanup(note))) = i + n;
			if (i == 3)
				break;
			if (depth % 5 == 4 && i == 2)
				goto out;
			if (depth > 0 && i == 1) {
				n++;
				return nest(depth - 1) + *a.mem + *b.mem + inner;
			}
		}
		n += *b.mem;
	}
out:
	return depth > 0 ? nest(depth - 1) + n : n;
}

__attribute__((noinline)) static struct res
moved(int depth)
{
	int n __attribute__((cleanup(note))) = depth;
	struct res r = depth > 0 ? moved(depth - 1) : get(0);

	r.id += n++;
	return r;
}

int
main(void)
{
	for (int d = 0; d < 1000; d = d * 2 + 1) {
		trace = 1;
		int r = nest(d);
		struct res m = moved(d);
		printf("%d %d %d %u", r, m.id, live, trace);
		drop(&m);
		printf(" %d %u\n", live, trace);
	}
	return 0;
}
