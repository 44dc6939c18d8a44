// SPDX-License-Identifier: MIT
//
// tree.c - kernel: an unbalanced search tree of malloc'ed nodes: insert, walk, remove all.

#include "kernel.h"

typedef struct node {
	struct node *left, *right;
	uint32_t key, count;
} node;

BENCH_NOINLINE static void
insert(node **at, uint32_t key)
{
	while (*at != NULL) {
		if ((*at)->key == key) {
			(*at)->count++;
			return;
		}
		at = key < (*at)->key ? &(*at)->left : &(*at)->right;
	}
	*at = malloc(sizeof **at);
	if (*at == NULL)
		exit(1);
	**at = (node){NULL, NULL, key, 1};
}

BENCH_NOINLINE static uint64_t
walk(const node *n, unsigned depth, uint64_t sum)
{
	if (n == NULL)
		return sum;
	sum = walk(n->left, depth + 1, sum);
	sum = kernel_mix(sum, n->key ^ (uint64_t)n->count << 32 ^ (uint64_t)depth << 40);
	return walk(n->right, depth + 1, sum);
}

BENCH_NOINLINE static void
drop(node *n)
{
	if (n == NULL)
		return;
	drop(n->left);
	drop(n->right);
	free(n);
}

static uint64_t
kernel(void)
{
	node *root = NULL;
	uint64_t seed = 4711;
	for (int i = 0; i < 60000; i++)
		insert(&root, (uint32_t)(bench_random(&seed) >> 51));
	uint64_t sum = walk(root, 0, 1);
	drop(root);
	return sum;
}

KERNEL_MAIN("tree")
