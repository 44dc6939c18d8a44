// SPDX-License-Identifier: MIT
// Shows that statement expressions with address-taken locals work, nested, in arguments and
// conditions, around recursion.
#include <stdio.h>

#define MAX(a, b) ({ __typeof__(a) a_ = (a), *pa_ = &a_; __typeof__(b) b_ = (b), *pb_ = &b_; *pa_ > *pb_ ? *pa_ : *pb_; })
#define CLAMP(v, lo, hi) ({ int v_ = (v); int *p_ = &v_; if (*p_ < (lo)) *p_ = (lo); if (*p_ > (hi)) *p_ = (hi); v_; })

struct v3 { int v[3]; };

__attribute__((noinline)) static int
bump(int *p)
{
	return ++*p;
}

__attribute__((noinline)) static int
level(int depth, int *up)
{
	int a = depth, r;

	r = MAX(bump(&a), ({ int t = depth > 0 ? level(depth - 1, &a) : 3; bump(&t); t % 1000; }));
	*up += CLAMP(r, -5, MAX(5, a % 50));
	struct v3 s = ({ struct v3 x = { { a, r, 0 } }; bump(&x.v[2]); x; });
	for (int i = 0; ({ int k = i; bump(&k); k < 4; }); i++)
		r += ({ int q[2] = { i, depth }; bump(&q[i & 1]); q[0] + q[1]; });
	return (r + s.v[0] + s.v[1] + s.v[2] + ({ struct v3 y = s; y; }).v[1]) % 100003;
}

int
main(void)
{
	int top = 0;

	for (int d = 0; d < 1200; d = d * 3 + 1) {
		int r = level(d, &top);
		printf("%d %d\n", r, top);
	}
	return 0;
}
