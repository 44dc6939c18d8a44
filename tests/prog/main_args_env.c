// SPDX-License-Identifier: MIT
// Shows that main's argc, argv and environment reach the program, getopt moves through them, and
// the exit status comes back.
// args: -v -n 42 --name=thing file1 file2
// env: GREETING=hello
// want: exit 7
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

__attribute__((noinline)) static int
count(char **v, int depth)
{
	return *v ? 1 + count(v + 1, depth + 1) : depth * 100;
}

int
main(int argc, char **argv, char **envp)
{
	static const struct option longs[] = { { "name", required_argument, NULL, 'N' }, { NULL, 0, NULL, 0 } };
	int c, index, verbose = 0, n = 0, found = 0;
	const char *name = "";

	while ((c = getopt_long(argc, argv, "vn:", longs, &index)) != -1)
		switch (c) {
		case 'v': verbose++; break;
		case 'n': n = atoi(optarg); break;
		case 'N': name = optarg; break;
		}
	for (char **e = envp; *e; e++)
		found += !strncmp(*e, "GREETING=", 9);
	printf("%d %d %s %d %s %s\n", verbose, n, name, argc - optind, argv[optind], argv[argc - 1]);
	printf("%d %s %d\n", found, getenv("GREETING"), envp == environ);
	printf("%d\n", count(argv, 0));
	return count(argv, 0) % 100 % 100;
}
