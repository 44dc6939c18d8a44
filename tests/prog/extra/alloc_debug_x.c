// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

char *
foreign_copy(const char *s)
{
	char *p = malloc(strlen(s) + 1);
	return strcpy(p, s);
}

int
foreign_free(void *p)
{
	free(p);
	return 1; // so that the call is no jump
}
