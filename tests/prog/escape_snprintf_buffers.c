// SPDX-License-Identifier: MIT
// Shows that snprintf, sprintf and stpcpy build text in buffers of the caller and of the callee
// through 500 frames.
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static size_t
hexa(char *dst, size_t room, unsigned long v, int depth)
{
	char mine[24];
	size_t n;

	if (depth == 0)
		return (size_t)snprintf(dst, room, "%lx", v);
	n = hexa(mine, sizeof mine, v + (unsigned long)depth, depth - 1);
	if (n != strlen(mine))
		printf("depth %d: length %zu\n", depth, n);
	return (size_t)snprintf(dst, room, "%s", mine);
}

__attribute__((noinline)) static unsigned
pile(char **end, const char *limit, int depth)
{
	char *start = *end, part[20];
	unsigned h = 5381;

	sprintf(part, "<%d", depth);
	*end = stpcpy(*end, part);
	if (depth > 0)
		h = pile(end, limit, depth - 1);
	*end = stpcpy(*end, ">");
	if (strncmp(start, part, strlen(part)) || *end > limit)
		printf("depth %d: text is wrong\n", depth);
	return h * 33 + (unsigned)(*end - start);
}

int
main(void)
{
	char big[4096], small[8], *end = big;

	printf("%zu ", hexa(small, sizeof small, 0xabcdef, 500));
	puts(small);
	printf("%zu ", hexa(small, sizeof small, 0xabcdef012345, 50));
	puts(small);
	printf("%u ", pile(&end, big + sizeof big, 500));
	printf("%zu %.30s...%s\n", strlen(big), big, end - 10);
	return 0;
}
