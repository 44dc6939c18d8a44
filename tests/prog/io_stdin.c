// SPDX-License-Identifier: MIT
// Shows that stdin redirected to a pipe is read by getchar, scanf, fgets and read, with results in
// locals by address.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) static int
ints(int n, int *last)
{
	int v;
	if (n == 0 || scanf("%d", &v) != 1)
		return 0;
	*last = v;
	int r = ints(n - 1, last);
	return r + v;
}

int
main(void)
{
	int fds[2];
	if (pipe(fds))
		return 1;
	char b[2000];
	int n = 0;
	for (int i = 0; i < 200; i++)
		n += snprintf(b + n, sizeof b - (size_t)n, "%d%c", i, i % 7 ? ' ' : '\n');
	n += snprintf(b + n, sizeof b - (size_t)n, "a line of text\nxyz\n");
	if (write(fds[1], b, (size_t)n) != n)
		return 2;
	close(fds[1]);
	dup2(fds[0], 0);
	close(fds[0]);
	int last = -1, sum = ints(200, &last);
	char line[40], w[10];
	int c = getchar();
	printf("%d %d %d\n", sum, last, c == ' ');
	if (!fgets(line, sizeof line, stdin))
		return 3;
	printf("%zu %s", strlen(line), line);
	printf("%d ", scanf("%9s", w));
	printf("%s %d %d\n", w, getchar(), getchar() == EOF);
	return 0;
}
