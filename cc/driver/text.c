// SPDX-License-Identifier: MIT
//
// text.c - messages, memory, words, and lists of words from response files.

#include "cc/driver/driver.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// die ends the driver with a message: the fault, then the remedy.
_Noreturn void
die(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("thrumcc: error: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void *
alloc(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (p == NULL)
		die("out of memory");
	return p;
}

char *
format(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	return s;
}

bool
starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

// in returns whether s is one of the NULL-terminated words.
bool
in(const char *s, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

void
push(list *l, const char *s)
{
	if (l->n + 2 > l->cap) {
		l->cap = l->cap * 2 + 64;
		l->v = alloc(l->v, (size_t)l->cap * sizeof *l->v);
	}
	l->v[l->n++] = (char *)s;
	l->v[l->n] = NULL;
}

// ---- response files ----------------------------------------------------------

// read_file returns the contents of path, NULL if it cannot be read.
static char *
read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t n = 0, got;

	if (f == NULL)
		return NULL;
	do {
		text = alloc(text, n + 65536);
		got = fread(text + n, 1, 65535, f);
		n += got;
	} while (got > 0);
	fclose(f);
	text[n] = '\0';
	return text;
}

// split appends the words of text to out. White space separates words; quotes and backslashes as in
// GNU response files. Writes into text.
void
split(list *out, char *text, int depth)
{
	char *r = text;

	for (;;) {
		r += strspn(r, " \t\r\n\f\v");
		if (*r == '\0')
			return;
		char *word = r, *w = r, quote = 0;
		for (; *r != '\0' && (quote != 0 || strchr(" \t\r\n\f\v", *r) == NULL); r++) {
			if (*r == '\\' && r[1] != '\0')
				*w++ = *++r;
			else if (quote != 0 ? *r == quote : *r == '"' || *r == '\'')
				quote = quote != 0 ? 0 : *r;
			else
				*w++ = *r;
		}
		if (*r != '\0')
			r++;
		*w = '\0';
		expand(out, word, depth);
	}
}

// expand appends arg. If arg is @file, it appends the contents of file instead. clang takes an
// @file that cannot be read as the name of an input, and so does this.
void
expand(list *out, const char *arg, int depth)
{
	char *text;

	if (arg[0] == '@' && depth < 32 && (text = read_file(arg + 1)) != NULL)
		split(out, text, depth + 1);
	else
		push(out, arg);
}

// ---- processes -----------------------------------------------------------------

// run runs a program and waits for it. Returns: its exit status, 128 + the number of a signal that
// ended it.
int
run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		fprintf(stderr, "thrumcc: error: cannot run %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("cannot start a process: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
