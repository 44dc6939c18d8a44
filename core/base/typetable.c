// SPDX-License-Identifier: MIT
//
// typetable.c - the table of types (typetable.h).
//
// The table by index is found by hash: an array of indices, twice as long, with linear probing.
// Entries stay for ever, so readers take no lock.

#include "core/base/typetable.h"

#include <stdatomic.h>
#include <stdbool.h>

#include "core/base/os.h"
#include "core/base/print.h"

#define load(x) atomic_load_explicit(&(x), memory_order_relaxed)
#define storerel(x, v) atomic_store_explicit(&(x), (v), memory_order_release)

#define MOST (THRUM_SAMPLED - 1u) // indices
#define NHASH (2 * (MOST + 1))

#define HIDDEN __attribute__((visibility("hidden"), weak))

// Of the executable, which is where the runtime is.
extern thrum_typeref __start_thrum_types[] HIDDEN;

static struct table {
	const thrum_type *_Atomic type[MOST + 1];
	uint16_t hashed[NHASH]; // 0: free
} *table;

static uint32_t ntypes = THRUM_UNTYPED; // the largest index

static bool
samestring(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static bool
same(const thrum_type *a, const thrum_type *b)
{
	return a && a->hash == b->hash && a->size == b->size && samestring(a->name, b->name);
}

const thrum_type *
typeat(uint32_t index)
{
	const struct table *t = __atomic_load_n(&table, __ATOMIC_ACQUIRE);
	return t && index > THRUM_UNTYPED && index <= MOST ? load(t->type[index]) : NULL;
}

// put copies size bytes to *at, which moves behind them.
static void *
put(char **at, const void *from, size_t size)
{
	char *to = *at;
	if (size > 0)
		copybytes(to, from, size);
	*at += (size + 7) & ~(size_t)7;
	return to;
}

static size_t
length(const char *s)
{
	size_t n = 0;
	while (s[n++])
		;
	return n; // with its end
}

// copytype copies t with everything that it refers to. If at is NULL, it only counts. Returns: the
// bytes that it takes.
static size_t
copytype(char *at, const thrum_type *t, const thrum_type **copy)
{
	size_t size = sizeof *t + t->nfields * sizeof *t->fields + ((t->ptrbytes / 64 + 8) & ~(size_t)7);
	size += (length(t->name) + 7) & ~(size_t)7;
	for (size_t i = 0; i < t->nfields; i++)
		size += ((length(t->fields[i].name) + 7) & ~(size_t)7) + ((length(t->fields[i].type) + 7) & ~(size_t)7);
	if (!at)
		return size;
	thrum_type *new = put(&at, t, sizeof *t);
	thrum_field *f = put(&at, t->fields, t->nfields * sizeof *f);
	new->fields = t->nfields ? f : NULL;
	new->ptrs = t->ptrs ? put(&at, t->ptrs, (t->ptrbytes + 63) / 64) : NULL;
	new->name = put(&at, t->name, length(t->name));
	for (size_t i = 0; i < t->nfields; i++) {
		f[i].name = put(&at, f[i].name, length(f[i].name));
		f[i].type = put(&at, f[i].type, length(f[i].type));
	}
	*copy = new;
	return size;
}

// copyof returns a copy of t, NULL without memory. Copies lie in blocks of 64 KB.
static const thrum_type *
copyof(const thrum_type *t)
{
	static char *at;
	static size_t left;
	const thrum_type *copy = NULL;
	size_t size = copytype(NULL, t, NULL);
	if (size > left) {
		size_t block = (size > 1 << 16 ? size + PAGE - 1 : 1 << 16) & -(size_t)PAGE;
		if (!(at = osmap(block, PAGE, UseTables))) {
			left = 0;
			return NULL;
		}
		left = block;
	}
	copytype(at, t, &copy);
	at += size;
	left -= size;
	return copy;
}

// intern returns the index of a type that equals t. If there was none, it is t itself, or a copy if
// t will go with its module.
static uint32_t
intern(const thrum_type *t, bool stays)
{
	uint32_t at = (uint32_t)t->hash % NHASH;
	for (uint32_t index; (index = table->hashed[at]); at = (at + 1) % NHASH)
		if (same(load(table->type[index]), t))
			return index;
	if (ntypes == MOST || (!stays && !(t = copyof(t))))
		return THRUM_UNTYPED;
	table->hashed[at] = (uint16_t)++ntypes;
	storerel(table->type[ntypes], t);
	return ntypes;
}

__attribute__((visibility("default"))) void
thrum_register_types(thrum_typeref *first, thrum_typeref *end)
{
	if (first != end && !table)
		__atomic_store_n(&table, (struct table *)osmap(sizeof *table, PAGE, UseTables), __ATOMIC_RELEASE);
	for (thrum_typeref *r = first; table && r < end; r++)
		r->index = intern(r->type, first == __start_thrum_types);
}
