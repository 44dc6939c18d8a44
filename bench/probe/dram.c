// SPDX-License-Identifier: MIT
//
// dram.c - hardware probe: a load from memory that the next one depends on.
//
// A chain of pointers through BENCH_DRAM_MB (256) of 64-byte nodes in one random cycle (Sattolo's
// shuffle), so that neither a cache nor a prefetcher helps. With huge pages this is the memory;
// with 4 KB pages the page walk comes on top. Code that touches a million scattered things one
// after the other pays this for each.

#include "dram.h"
#include <sys/mman.h>

typedef struct node {
	struct node *next;
	char pad[56];
} node;

static size_t
nodes(void)
{
	return (size_t)bench_env("BENCH_DRAM_MB", 256) * (1 << 20) / sizeof(node);
}

// make maps the chain and shuffles it; NULL if there is no memory.
static node *
make(bool huge)
{
	size_t n = nodes(), size = n * sizeof(node), align = 2 << 20;
	char *raw = mmap(NULL, size + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (raw == MAP_FAILED)
		return NULL;
	node *v = (node *)(((uintptr_t)raw + align - 1) & ~(align - 1));
	madvise(v, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	uint32_t *perm = malloc(n * sizeof *perm);
	if (perm == NULL) {
		munmap(raw, size + align);
		return NULL;
	}
	uint64_t seed = 88172645463325252ull;
	for (size_t i = 0; i < n; i++)
		perm[i] = (uint32_t)i;
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = bench_random(&seed) % i;
		uint32_t t = perm[i];
		perm[i] = perm[j];
		perm[j] = t;
	}
	for (size_t i = 0; i < n; i++)
		v[perm[i]].next = &v[perm[(i + 1) % n]];
	free(perm);
	return v;
}

void
bench_dram_run(bench_case *c, uint64_t n)
{
	static node *at[2];
	bool huge = c->arg != 0;
	if (at[huge] == NULL && (at[huge] = make(huge)) == NULL)
		return;
	node *p = at[huge];
	uint64_t t = bench_cpu();
	for (uint64_t i = 0; i < n; i++)
		p = p->next;
	bench_keep((uint64_t)p);
	c->own_ns = bench_cpu() - t;
	c->own_n = n;
	at[huge] = p; // continue from here: another part of the cycle next time
}
