// SPDX-License-Identifier: MIT
//
// lz.c - kernel: an LZ77 compressor with a hash of the last three bytes, and its inverse.
//
// A token is 0..127: that many literals + 1 follow; or 128 + length - 4, distance in 2 bytes.

#include "kernel.h"

enum { SIZE = 32768, HASH = 4096, MINLEN = 4, MAXLEN = 131 };

static uint8_t input[SIZE], packed[SIZE * 2], output[SIZE];

static uint32_t
hash4(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return v * 2654435761u >> 20;
}

static size_t
literals(uint8_t *out, const uint8_t *from, size_t n)
{
	uint8_t *start = out;
	while (n > 0) {
		size_t k = n < 128 ? n : 128;
		*out++ = (uint8_t)(k - 1);
		memcpy(out, from, k);
		out += k;
		from += k;
		n -= k;
	}
	return (size_t)(out - start);
}

BENCH_NOINLINE static size_t
compress(const uint8_t *in, size_t n, uint8_t *out)
{
	int32_t head[HASH];
	size_t at = 0, lit = 0, o = 0;
	memset(head, -1, sizeof head);
	while (at + MINLEN <= n) {
		uint32_t h = hash4(in + at);
		int32_t cand = head[h];
		head[h] = (int32_t)at;
		size_t len = 0;
		if (cand >= 0 && at - (size_t)cand < 65536)
			while (len < MAXLEN && at + len < n && in[(size_t)cand + len] == in[at + len])
				len++;
		if (len < MINLEN) {
			at++;
			continue;
		}
		o += literals(out + o, in + lit, at - lit);
		size_t dist = at - (size_t)cand;
		out[o++] = (uint8_t)(128 + len - MINLEN);
		out[o++] = (uint8_t)dist;
		out[o++] = (uint8_t)(dist >> 8);
		at += len;
		lit = at;
	}
	return o + literals(out + o, in + lit, n - lit);
}

BENCH_NOINLINE static size_t
expand(const uint8_t *in, size_t n, uint8_t *out)
{
	size_t o = 0;
	for (size_t i = 0; i < n;) {
		unsigned t = in[i++];
		if (t < 128) {
			memcpy(out + o, in + i, t + 1);
			o += t + 1;
			i += t + 1;
		} else {
			size_t len = t - 128 + MINLEN, dist = in[i] | (size_t)in[i + 1] << 8;
			i += 2;
			for (; len > 0; len--, o++)
				out[o] = out[o - dist];
		}
	}
	return o;
}

static uint64_t
kernel(void)
{
	uint64_t sum = 1;
	if (input[1] == 0) {
		uint64_t seed = 5;
		for (size_t n = 0; n < SIZE; n++)
			input[n] = n > 300 && bench_random(&seed) % 8 ? input[n - 1 - seed % 3 * 97] : (uint8_t)(65 + seed % 26);
	}
	size_t n = compress(input, SIZE, packed);
	if (expand(packed, n, output) != SIZE || memcmp(input, output, SIZE) != 0) {
		fprintf(stderr, "lz: does not round-trip\n");
		exit(1);
	}
	for (size_t i = 0; i < n; i += 61)
		sum = kernel_mix(sum, packed[i]);
	return kernel_mix(sum, n);
}

KERNEL_MAIN("lz")
