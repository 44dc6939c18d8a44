// SPDX-License-Identifier: MIT
// Shows that setlocale, ctype in loops, multibyte and wide conversion, strcoll, iconv and wcs
// functions work with buffers in the frame.
#include <ctype.h>
#include <iconv.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

__attribute__((noinline)) static unsigned
classes(int depth)
{
	unsigned h = 0;
	char b[8] = { (char)depth };
	char *volatile p = b;
	if (depth)
		return classes(depth - 1) + (unsigned)p[0];
	for (int c = 0; c < 128; c++) {
		h = h * 31 + (!!isalpha(c) | !!isdigit(c) << 1 | !!isspace(c) << 2 | !!ispunct(c) << 3 | !!isupper(c) << 4 | !!isxdigit(c) << 5);
		h += (unsigned)(toupper(c) * 3 + tolower(c));
	}
	return h;
}

int
main(void)
{
	const char *l = setlocale(LC_ALL, "C.UTF-8");
	printf("%s %s\n", l ? l : "none", nl_langinfo(CODESET));
	printf("%u %u\n", classes(0), classes(100));
	const char *s = "na\xc3\xafve \xe2\x82\xac" "5 \xce\xb1\xce\xb2";
	wchar_t w[40];
	char back[80];
	size_t n = mbstowcs(w, s, 40);
	size_t m = wcstombs(back, w, sizeof back);
	printf("%zu %zu %d %x\n", n, m, strcmp(s, back), (unsigned)w[2]);
	for (size_t i = 0; i < n; i++)
		w[i] = (wchar_t)towupper((wint_t)w[i]);
	wcstombs(back, w, sizeof back);
	printf("%s\n", back);
	mbstate_t st;
	memset(&st, 0, sizeof st);
	const char *p = s;
	int chars = 0;
	wchar_t wc;
	for (size_t k; (k = mbrtowc(&wc, p, 6, &st)) != 0 && k < 10; p += k)
		chars++;
	printf("%d\n", chars);
	swprintf(w, 40, L"%d %ls %.2f %s", 5, L"wide", 2.5, "narrow");
	printf("%ls %zu %ld\n", w, wcslen(w), wcstol(L"-77x", NULL, 10));
	iconv_t cd = iconv_open("UTF-16LE", "UTF-8");
	if (cd == (iconv_t)-1)
		return 1;
	char in[] = "h\xc3\xa9llo", out[40], *pi = in, *po = out;
	size_t nin = strlen(in), nout = sizeof out;
	size_t r = iconv(cd, &pi, &nin, &po, &nout);
	printf("%zu %zu %zu %02x%02x\n", r, nin, sizeof out - nout, (unsigned char)out[2], (unsigned char)out[3]);
	iconv_close(cd);
	printf("%d\n", strcoll("abc", "abd") < 0);
	struct lconv *lc = localeconv();
	printf("%s\n", lc->decimal_point);
	return 0;
}
