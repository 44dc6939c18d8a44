// SPDX-License-Identifier: MIT
// Foreign side of cb_registered.c.
static struct { int (*fn)(void *, int); void *arg; } slots[4];

void
reg(int slot, int (*fn)(void *, int), void *arg)
{
	slots[slot].fn = fn;
	slots[slot].arg = arg;
}

int
fire(int slot, int v)
{
	return slots[slot].fn(slots[slot].arg, v) + 1;
}

int
fire_all(int v)
{
	int s = 0;
	for (int i = 0; i < 4; i++)
		if (slots[i].fn)
			s += fire(i, v);
	return s;
}
