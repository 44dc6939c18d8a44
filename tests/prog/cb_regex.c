// SPDX-License-Identifier: MIT
// Shows that regcomp, regexec, fnmatch and wordexp work with pattern and match buffers in the
// frame, from deep recursion.
#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static int
match(int depth, const char *pat, const char *s, regmatch_t *m)
{
	regmatch_t mine[4];
	if (depth) {
		int r = match(depth - 1, pat, s, mine);
		memcpy(m, mine, sizeof mine);
		return r;
	}
	regex_t re;
	char err[80];
	int r = regcomp(&re, pat, REG_EXTENDED);
	if (r) {
		regerror(r, &re, err, sizeof err);
		puts(err);
		return r;
	}
	r = regexec(&re, s, 4, m, 0);
	regfree(&re);
	return r;
}

int
main(void)
{
	static const char *const s[] = { "key=value", "a1=b2c3", "=x", "long_name_here=42", "nothing" };
	for (int i = 0; i < 5; i++) {
		regmatch_t m[4];
		int r = match(i * 60, "^([a-z_0-9]+)=([a-z]*)([0-9]*)", s[i], m);
		if (r)
			printf("%s: no match\n", s[i]);
		else
			printf("%s: %.*s / %.*s / %.*s\n", s[i], (int)(m[1].rm_eo - m[1].rm_so), s[i] + m[1].rm_so,
				(int)(m[2].rm_eo - m[2].rm_so), s[i] + m[2].rm_so, (int)(m[3].rm_eo - m[3].rm_so), s[i] + m[3].rm_so);
	}
	regmatch_t m[4];
	printf("%d\n", match(50, "a(b", "ab", m) != 0);
	printf("%d %d\n", fnmatch("*.[ch]", "prog.c", 0), fnmatch("*.[ch]", "prog.o", 0) == FNM_NOMATCH);
	return 0;
}
