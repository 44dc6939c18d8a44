// SPDX-License-Identifier: MIT
//
// hash.c - kernel: an open-addressing hash table of strings: insert, look up, delete.

#include "kernel.h"

enum { SLOTS = 8192, KEYS = 4000 };

typedef struct slot {
	const char *key; // NULL: free; deleted: tombstone
	uint64_t value;
} slot;

typedef struct table {
	slot *slots;
	size_t used;
} table;

static const char deleted[] = "";
static char names[KEYS][16];

static uint64_t
hash(const char *s)
{
	uint64_t h = 14695981039346656037ull;
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211ull;
	return h ^ h >> 31;
}

BENCH_NOINLINE static slot *
find(table *t, const char *key, bool insert)
{
	slot *grave = NULL;
	for (uint64_t i = hash(key);; i++) {
		slot *s = &t->slots[i % SLOTS];
		if (s->key == NULL)
			return insert ? (grave ? grave : s) : NULL;
		if (s->key == deleted)
			grave = grave ? grave : s;
		else if (strcmp(s->key, key) == 0)
			return s;
	}
}

static void
put(table *t, const char *key, uint64_t value)
{
	slot *s = find(t, key, true);
	if (s->key == NULL || s->key == deleted) {
		s->key = key;
		t->used++;
	}
	s->value = value;
}

static bool
get(table *t, const char *key, uint64_t *value)
{
	slot *s = find(t, key, false);
	if (s != NULL)
		*value = s->value;
	return s != NULL;
}

static uint64_t
kernel(void)
{
	static slot slots[SLOTS];
	table t = {slots, 0};
	uint64_t sum = 1;
	memset(slots, 0, sizeof slots);
	if (names[0][0] == '\0')
		for (unsigned i = 0; i < KEYS; i++)
			snprintf(names[i], sizeof names[i], "key-%u", i * 7919u);
	for (unsigned i = 0; i < KEYS; i++)
		put(&t, names[i], i);
	for (unsigned i = 0; i < KEYS; i += 3) {
		slot *s = find(&t, names[i], false);
		s->key = deleted;
		t.used--;
	}
	for (unsigned i = 0; i < 2 * KEYS; i++) {
		uint64_t v;
		if (get(&t, names[(i * 31) % KEYS], &v))
			sum = kernel_mix(sum, v);
	}
	return kernel_mix(sum, t.used);
}

KERNEL_MAIN("hash")
