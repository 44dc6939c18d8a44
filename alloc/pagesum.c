// SPDX-License-Identifier: MIT
//
// pagesum.c - makes and changes the summaries of a zone's pages (pagesum.h).

#include "alloc/pagesum.h"

_Static_assert(ZONEPAGESHIFT >= Leaf && Root <= Longest, "a count of a root does not fit");

static inline uint64_t
pack(uint32_t start, uint32_t longest, uint32_t end)
{
	return start | (uint64_t)longest << Longest | (uint64_t)end << End;
}

// leaf returns the summary of a chunk.
static inline uint64_t
leaf(const pagechunk *c)
{
	uint32_t first = PAGECHUNK, run = 0, max = 0;
	for (uint32_t w = 0; w < WORDS; w++) { // runs at the edges of words
		uint64_t x = c->free[w];
		if (!~x) {
			run += 64;
			continue;
		}
		run += low(x);
		first = first == PAGECHUNK ? run : first;
		max = larger(max, run);
		run = high(x);
	}
	max = larger(max, run);
	for (uint32_t w = 0; w < WORDS && max < 62; w++) { // and within, if longer
		uint64_t x = runs(c->free[w], max + 1);
		while (x) { // each bit begins max + 1 pages, so n bits in a row max + n
			uint32_t n = low(x >> __builtin_ctzll(x));
			max += n;
			x = runs(x, n + 1);
		}
	}
	return pack(first, max, run);
}

// merge returns the summary of a node whose children have span pages each.
static inline uint64_t
merge(const uint64_t *child, uint32_t span)
{
	uint32_t first = 0, max = 0, run = 0;
	for (uint32_t i = 0; i < FAN; i++) { // no child is a root, so bit 63 is 0
		uint32_t s = child[i] & COUNT, m = child[i] >> Longest & COUNT;
		uint32_t e = (uint32_t)(child[i] >> End);
		first += first == i * span ? s : 0;
		max = larger(max, larger(m, run + s));
		run = e == span ? run + span : e;
	}
	return pack(first, max, run);
}

// summary returns that of node k, which has 2^shift pages, from what is below it.
static inline uint64_t
summary(const pages *z, uint32_t k, uint32_t shift)
{
	if (shift == Leaf)
		return leaf(&z->chunk[k - NPAGECHUNK]);
	return merge(&z->sum[k * FAN], 1u << (shift - FANSHIFT));
}

void
sumrenew(pages *z, uint32_t page, uint32_t n)
{
	uint64_t changed = 1;
	for (uint32_t shift = Leaf; shift <= Root && changed; shift += FANSHIFT) {
		changed = 0;
		for (uint32_t k = node(page, shift); k <= node(page + n - 1, shift); k++) {
			uint64_t s = summary(z, k, shift);
			changed |= s ^ z->sum[k];
			z->sum[k] = s;
		}
	}
}

// before and after return how many pages of a chunk are free directly below page i, and from it on.
static inline uint32_t
before(const pagechunk *c, uint32_t i)
{
	uint32_t from = i, part = 0;
	for (uint32_t n = 0; n == part && i > 0; i -= n) {
		part = (i - 1) % 64 + 1;
		n = high(c->free[(i - 1) / 64] << (64 - part));
	}
	return from - i;
}

static inline uint32_t
after(const pagechunk *c, uint32_t i)
{
	uint32_t from = i, part = 0;
	for (uint32_t n = 0; n == part && i < PAGECHUNK; i += n) {
		part = 64 - i % 64;
		n = low(c->free[i / 64] >> i % 64);
	}
	return i - from;
}

// change is sumupdate for pages of one chunk. The run from a to b is that with the pages: before
// they were taken, or after they were freed.
static inline void
change(pages *z, uint32_t page, uint32_t n, bool freed)
{
	uint32_t i = page % PAGECHUNK, k = node(page, Leaf), end = page + n;
	const pagechunk *c = &z->chunk[page / PAGECHUNK];
	uint32_t a = page - before(c, i), b = end + after(c, i + n);
	for (uint32_t shift = Leaf;; shift += FANSHIFT, k /= FAN) {
		uint32_t span = 1u << shift, lo = (k << shift) - ZONEPAGES, hi = lo + span;
		uint64_t was = z->sum[k], s;
		uint32_t max = field(was, Longest), rest = larger(page - a, b - end);
		if (!freed && b - a == max && rest < larger(a - lo, hi - b)) {
			s = summary(z, k, shift); // another run may be the longest now
		} else {
			max = freed ? larger(max, b - a) : b - a == max ? rest : max;
			s = pack(a > lo ? field(was, Start) : (freed ? b : page) - lo, max,
				b < hi ? field(was, End) : hi - (freed ? a : end));
		}
		if (s == was)
			return;
		z->sum[k] = s;
		if (shift == Root)
			return;
		// The run in the parent. Mostly it begins and ends here, or at the parent's ends.
		uint64_t above = z->sum[k / FAN];
		uint32_t first = lo & -(span * FAN), last = first + span * FAN;
		if (a == lo && first + field(above, Start) >= lo)
			a = lo = first;
		if (b == hi && last - field(above, End) <= hi)
			b = hi = last;
		for (uint32_t j = k; a == lo && lo > first; lo -= span)
			a -= field(z->sum[--j], End);
		for (uint32_t j = k; b == hi && hi < last; hi += span)
			b += field(z->sum[++j], Start);
	}
}

// The summaries may be told of a run in parts. They know its other chunks as they were before, or
// as they are already.
void
sumupdate(pages *z, uint32_t page, uint32_t n, bool freed)
{
	if (n > PAGECHUNK) {
		sumrenew(z, page, n);
		return;
	}
	for (uint32_t part; n > 0; page += part, n -= part) {
		part = smaller(n, PAGECHUNK - page % PAGECHUNK);
		change(z, page, part, freed);
	}
}

// counted returns the summary of n pages, page by page.
static uint64_t
counted(const pages *z, uint32_t page, uint32_t n)
{
	uint32_t first = n, run = 0, max = 0;
	for (uint32_t p = page, step; p < page + n; p += step) {
		uint64_t x = z->chunk[p / PAGECHUNK].free[p % PAGECHUNK / 64];
		bool free = x >> p % 64 & 1;
		step = p % 64 == 0 && (!x || !~x) ? 64 : 1;
		if (!free && first == n)
			first = run;
		run = free ? run + step : 0;
		max = run > max ? run : max;
	}
	return pack(first, max, run);
}

bool
sumcheck(const pages *z)
{
	for (uint32_t shift = Leaf; shift <= Root; shift += FANSHIFT)
		for (uint32_t p = 0; p < ZONEPAGES; p += 1u << shift)
			if (z->sum[node(p, shift)] != counted(z, p, 1u << shift))
				return false;
	return true;
}
