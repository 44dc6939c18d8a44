// SPDX-License-Identifier: MIT
// Shows that a program can read the type of a collected object: fields, offsets, the words that may
// be pointers. Equal types of two modules are one, also after a module has gone. Objects of other
// compilers have none.
// thrum-only
// extra: alloc_types_x.c=dlopen
// extra: alloc_types_gcc.c=gcc
// out: struct all: 160 bytes, pointers at 0 40 56 88 96 104 120 128
// out: struct all * next @0 8
// out: long[3] x @8 24
// out: inner in @32 16
// out: .. int a @32 4
// out: .. void * p @40 8
// out: char[3] name @48 3
// out: unsigned int b @51 1 bits 0 to 2
// out: unsigned int c @52 4 bits 0 to 27
// out: int (*)(int) fn @56 8
// out: double d @64 8
// out: struct (unnamed) named @72 24
// out: .. int first @72 4
// out: .. int second @76 4
// out: .. inner deep @80 16
// out: .... int a @80 4
// out: .... void * p @88 8
// out: union mixed u @96 16
// out: .. int i @96 4
// out: .. inner in @96 0
// out: .... int a @96 4
// out: .... void * p @104 8
// out: int anonymous @112 4
// out: uintptr_t hidden @120 8
// out: _Atomic(char *) atomic @128 8
// out: __int128 wide @144 16
// out: 3 inner: 16 bytes, pointers at 8
// out: number: 4 bytes, pointers at
// out: const char *: 8 bytes, pointers at 0
// out: const char *[5]: 40 bytes, pointers at 0 8 16 24 32
// out: more: 2 fields
// out: ok
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <thrum.h>

#include "extra/check.h"

typedef struct inner { int a; void *p; } inner;
union mixed { int i; inner in; };
typedef int number;
struct all {
	struct all *next;
	long x[3];
	inner in;
	char name[3];
	unsigned b : 3, c : 28;
	int (*fn)(int);
	double d;
	struct { int first, second; inner deep; } named;
	union mixed u;
	struct { int anonymous; };
	uintptr_t hidden;
	_Atomic(char *) atomic;
	__int128 wide;
};

void *foreign(void); // extra/alloc_types_gcc.c

static void
summary(const thrum_type *t)
{
	printf("%s: %zu bytes, pointers at", t->name, t->size);
	for (size_t i = 0; i < t->ptrbytes / 8; i++)
		if (t->ptrs[i / 8] >> i % 8 & 1)
			printf(" %zu", i * 8);
	printf("\n");
}

static void
fields(const thrum_type *t)
{
	for (const thrum_field *f = t->fields; f < t->fields + t->nfields; f++) {
		printf("%.*s%s%s %s @%zu %u", 2 * f->depth, "......", f->depth ? " " : "", f->type, f->name, f->offset, f->size);
		if (f->bits)
			printf(" bits %d to %d", f->bit, f->bit + f->bits - 1);
		printf("\n");
	}
}

static void
load(void **module, void *(**make)(void))
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 40);
	CHECK(len > 0);
	path[len] = 0;
	strcpy(strrchr(path, '/') + 1, "alloc_types_x.so");
	CHECK(*module = dlopen(path, RTLD_NOW));
	make[0] = (void *(*)(void))dlsym(*module, "make_inner");
	make[1] = (void *(*)(void))dlsym(*module, "make_more");
}

int
main(void)
{
	// The type of an inner pointer, of an array and of its last element.
	struct all *all = thrum_new(struct all);
	const thrum_type *t = thrum_type_of(&all->named.deep);
	CHECK(t == thrum_type_of(all) && t->align == 16);
	CHECK(t->size == sizeof *all);
	summary(t);
	fields(t);
	inner *array = thrum_new_n(inner, 5000);
	t = thrum_type_of(&array[4999]);
	printf("3 ");
	summary(t);
	summary(thrum_type_of(thrum_new(number)));
	summary(thrum_type_of(thrum_new(const char *)));
	summary(thrum_type_of(thrum_new(const char *[5])));

	// The type goes with an object that moves to other memory.
	inner *small = thrum_new_n(inner, 2);
	CHECK(thrum_type_of(thrum_realloc(small, 1000)) == t);

	void *none[] = {thrum_malloc(8), thrum_alloc(8), thrum_alloc_noscan(100), foreign(), &all, NULL, array - 1};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		CHECK(!thrum_type_of(none[i]));
	thrum_free(all);
	CHECK(!thrum_type_of(all));

	// Of another module, which goes and comes again.
	void *module, *(*make[2])(void), *kept = NULL;
	for (int round = 0; round < 3; round++) {
		load(&module, make);
		CHECK(thrum_type_of(make[0]()) == t);
		const thrum_type *more = thrum_type_of(make[1]());
		CHECK(!kept || thrum_type_of(kept) == more);
		kept = make[1]();
		CHECK(dlclose(module) == 0);
		more = thrum_type_of(kept);
		CHECK(!strcmp(more->name, "more") && !strcmp(more->fields[1].name, "tail") && more->ptrs[0] == 2);
		CHECK(!strcmp(more->fields[0].type, "long") && more->fields[1].offset == 8);
		if (round == 2)
			printf("%s: %zu fields\n", more->name, more->nfields);
	}
	puts("ok");
	return 0;
}
