// SPDX-License-Identifier: MIT
// Shows that N queens works where each frame owns its row and the board is a chain of pointers to
// the rows of the callers.
#include <stdio.h>

struct row {
	const struct row *above;
	int y, x;
};

static int
safe(const struct row *r)
{
	for (const struct row *a = r->above; a; a = a->above) {
		int dy = r->y - a->y, dx = r->x - a->x;
		if (dx == 0 || dx == dy || dx == -dy)
			return 0;
	}
	return 1;
}

__attribute__((noinline)) static int
place(const struct row *above, int y, int n, unsigned *hash)
{
	struct row me = { above, y, 0 };
	int found = 0;

	if (y == n) {
		for (const struct row *a = above; a; a = a->above)
			*hash = *hash * 31 + (unsigned)a->x;
		return 1;
	}
	for (me.x = 0; me.x < n; me.x++)
		if (safe(&me))
			found += place(&me, y + 1, n, hash);
	return found;
}

int
main(void)
{
	for (int n = 1; n <= 8; n++) {
		unsigned h = 0;
		int c = place(NULL, 0, n, &h);
		printf("%d: %d %08x\n", n, c, h);
	}
	return 0;
}
