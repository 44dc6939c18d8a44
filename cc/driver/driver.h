// SPDX-License-Identifier: MIT
//
// driver.h - the declarations that the files of the driver share.

#ifndef CC_DRIVER_H
#define CC_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#define NAMES "libthrumnames.so" // the list of the runtime's names (defs.c)

// text.c

// A list of arguments, always NULL-terminated.
typedef struct list {
	char **v;
	int n, cap;
} list;

_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *alloc(void *old, size_t size);
char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool starts(const char *s, const char *prefix);
bool ends(const char *s, const char *suffix);
bool in(const char *s, const char *const *words);
void push(list *l, const char *s);
void split(list *out, char *text, int depth);
void expand(list *out, const char *arg, int depth);
int run(char **argv);

// thrumcc.c
char *need(const char *name, const char *what);

// verify.c
int compile_verified(const list *command, const char *log);

// defs.c
bool forget_names(const char *path);

#endif
