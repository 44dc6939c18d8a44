// SPDX-License-Identifier: MIT
// Shows that argc, argv, environ, getenv, setenv and getopt_long see what the command line gave,
// and that main's value is the status.
// want: exit 9
// args: -v --name=tester -n 5 rest of it
// env: THE_VALUE=from-outside
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

int
main(int argc, char **argv, char **envp)
{
	struct option opts[] = { { "name", required_argument, NULL, 'x' }, { "verbose", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 } };
	int c, verbose = 0, n = 0;
	char name[20] = "";
	while ((c = getopt_long(argc, argv, "vn:", opts, NULL)) != -1) {
		switch (c) {
		case 'v': verbose++; break;
		case 'n': n = atoi(optarg); break;
		case 'x': snprintf(name, sizeof name, "%s", optarg); break;
		default: return 1;
		}
	}
	printf("%d %d %s %d left %s\n", argc, verbose, name, n, argv[argc - 1]);
	char copy[10][50] = { { 0 } };
	for (int i = 1; i < argc && i < 10; i++)
		snprintf(copy[i], sizeof copy[i], "%s", argv[i]);
	printf("%d %s\n", argv[argc] == NULL, copy[1]);
	const char *v = getenv("THE_VALUE");
	printf("%s %d\n", v ? v : "none", envp == environ);
	setenv("ANOTHER", "one", 1);
	int found = 0;
	for (char **e = environ; *e; e++)
		found += !strcmp(*e, "ANOTHER=one") || !strncmp(*e, "THE_VALUE=", 10);
	printf("%d\n", found);
	return n + 4;
}
