// SPDX-License-Identifier: MIT
// Shows that alloca, VLAs, by-value structs and calls with stack arguments share frames whose size
// is known only at run time.
#include <alloca.h>
#include <stdio.h>
#include <string.h>

struct blob { unsigned char b[72]; };

__attribute__((noinline)) static unsigned
take(int a, int b, int c, int d, int e, int f, struct blob s, int *p, struct blob t, int g, char *text)
{
	unsigned h = (unsigned)(a + b + c + d + e + f + g);

	for (int i = 0; i < 72; i++)
		h = h * 31 + s.b[i] + t.b[71 - i];
	*p += a;
	text[0] ^= 1;
	return h;
}

__attribute__((noinline)) static unsigned
level(struct blob in, int n)
{
	int vla[n % 17 + 1];
	struct blob *own = alloca(sizeof *own * (size_t)(n % 3 + 1));
	unsigned h = 0;

	memset(vla, 0, sizeof vla);
	for (int i = 0; i <= n % 3; i++) {
		char *text = alloca(16);
		own[i] = in;
		own[i].b[n % 72] += (unsigned char)i;
		snprintf(text, 16, "%d", n);
		h += take(n, i, 3, 4, 5, 6, own[i], &vla[i % (n % 17 + 1)], in, 7, text);
		h += (unsigned char)text[0];
		int more[i + 2];
		memset(more, 0, sizeof more);
		h += take(1, 2, 3, 4, 5, 6, in, &more[i], own[i], 8, text) + (unsigned)more[i];
	}
	in.b[n % 72]++;
	if (n > 0)
		h = h * 3 + level(own[n % 3], n - 1) + level(in, n > 300 ? 0 : n / 8);
	return h + (unsigned)vla[0];
}

int
main(void)
{
	struct blob b = { "start" };

	printf("%u\n%u\n%u\n", level(b, 0), level(b, 9), level(b, 60));
	return 0;
}
