// SPDX-License-Identifier: MIT
// Shows that an exception library made of macros, with cleanup lists and rethrow, works over many
// nested frames.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct frame { jmp_buf env; struct frame *up; };
static struct frame *cur;
static int code;
static char message[64];

#define TRY { struct frame fr_; fr_.up = cur; cur = &fr_; if ((code = setjmp(fr_.env)) == 0) {
#define CATCH(v) cur = fr_.up; } else { int v = code; cur = fr_.up;
#define END } }

__attribute__((noreturn, noinline)) static void
throw(int c, const char *msg)
{
	if (msg != message)
		snprintf(message, sizeof message, "%s", msg);
	longjmp(cur->env, c);
}

__attribute__((noinline)) static long
parse(const char *s, int depth)
{
	char copy[40];
	snprintf(copy, sizeof copy, "%s", s);
	if (depth > 0)
		return parse(copy, depth - 1) + 1;
	char *end;
	long v = strtol(copy, &end, 10);
	if (end == copy)
		throw(1, "no digits");
	if (*end)
		throw(2, end);
	if (v < 0)
		throw(3, copy);
	return v;
}

__attribute__((noinline)) static long
guarded(const char *s)
{
	char *volatile p = malloc(32);
	volatile long r = -1;
	TRY
		strcpy(p, "held");
		r = parse(s, 60);
	CATCH(c)
		printf("cleanup %s after %d\n", p, c);
		free(p);
		if (c != 3)
			throw(c + 10, message);
		return -3;
	END
	free(p);
	return r;
}

int
main(void)
{
	static const char *const in[] = { "12", "x", "7z", "-5", "400", "", "9 9" };
	volatile long sum = 0;
	for (volatile unsigned i = 0; i < sizeof in / sizeof in[0]; i++) {
		TRY
			long v = guarded(in[i]);
			printf("\"%s\" = %ld\n", in[i], v);
			sum += v;
		CATCH(c)
			printf("\"%s\" failed: %d %s\n", in[i], c, message);
		END
	}
	printf("sum %ld, cur %s\n", sum, cur ? "set" : "null");
	return 0;
}
