// SPDX-License-Identifier: MIT
//
// string.c - kernel: words of a text: split, lower-case, compare, search, join; own loops
// and libc's strlen, memcpy, strstr, strcmp mixed as in a program.

#include "kernel.h"

static char text[16384];

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

BENCH_NOINLINE static size_t
next_word(const char **s, char *word, size_t size)
{
	size_t n = 0;
	while (**s == ' ' || **s == '.')
		++*s;
	for (; **s != '\0' && **s != ' ' && **s != '.'; ++*s)
		if (n + 1 < size)
			word[n++] = lower(**s);
	word[n] = '\0';
	return n;
}

BENCH_NOINLINE static void
reverse(char *s)
{
	for (size_t i = 0, j = strlen(s); i + 1 < j; i++) {
		char c = s[i];
		s[i] = s[--j];
		s[j] = c;
	}
}

static uint64_t
kernel(void)
{
	static char joined[2 * sizeof text];
	static const char *const parts[] = {"Gopher", "stack", "Moves", "while", "POINTERS", "stay", "a", "of"};
	if (text[0] == '\0') {
		uint64_t seed = 7;
		for (size_t n = 0; n < sizeof text - 64;) {
			const char *w = parts[bench_random(&seed) >> 61];
			memcpy(text + n, w, strlen(w));
			n += strlen(w);
			text[n++] = bench_random(&seed) >> 60 ? ' ' : '.';
		}
	}
	uint64_t sum = 1;
	size_t used = 0;
	char word[32], last[32] = "";
	for (const char *s = text; next_word(&s, word, sizeof word) > 0;) {
		sum = kernel_mix(sum, (uint64_t)(strcmp(word, last) < 0));
		memcpy(last, word, sizeof last);
		reverse(word);
		size_t n = strlen(word);
		memcpy(joined + used, word, n);
		used += n;
		joined[used++] = '-';
	}
	joined[used] = '\0';
	for (const char *s = joined; (s = strstr(s, "sevom")) != NULL; s++)
		sum = kernel_mix(sum, (uint64_t)(s - joined));
	return kernel_mix(sum, used);
}

KERNEL_MAIN("string")
