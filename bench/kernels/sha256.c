// SPDX-License-Identifier: MIT
//
// sha256.c - kernel: SHA-256 of 64 KB in small updates, with the state in a local.

#include "kernel.h"

typedef struct sha {
	uint32_t h[8];
	uint8_t block[64];
	uint64_t length;
} sha;

static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t
ror(uint32_t v, unsigned n)
{
	return v >> n | v << (32 - n);
}

BENCH_NOINLINE static void
transform(sha *s)
{
	uint32_t w[64], r[8];
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)s->block[i * 4] << 24 | (uint32_t)s->block[i * 4 + 1] << 16 |
		       (uint32_t)s->block[i * 4 + 2] << 8 | s->block[i * 4 + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];
		w[i] = w[i - 16] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + w[i - 7] + (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
	}
	memcpy(r, s->h, sizeof r);
	for (int i = 0; i < 64; i++) {
		uint32_t t1 = r[7] + (ror(r[4], 6) ^ ror(r[4], 11) ^ ror(r[4], 25)) +
		              ((r[4] & r[5]) ^ (~r[4] & r[6])) + K[i] + w[i];
		uint32_t t2 = (ror(r[0], 2) ^ ror(r[0], 13) ^ ror(r[0], 22)) +
		              ((r[0] & r[1]) ^ (r[0] & r[2]) ^ (r[1] & r[2]));
		memmove(r + 1, r, 7 * sizeof *r);
		r[4] += t1;
		r[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		s->h[i] += r[i];
}

BENCH_NOINLINE static void
update(sha *s, const void *data, size_t n)
{
	const uint8_t *p = data;
	while (n > 0) {
		size_t have = s->length % 64, k = n < 64 - have ? n : 64 - have;
		memcpy(s->block + have, p, k);
		s->length += k;
		p += k;
		n -= k;
		if (s->length % 64 == 0)
			transform(s);
	}
}

static void
finish(sha *s, uint8_t digest[32])
{
	uint64_t bits = s->length * 8;
	uint8_t pad = 0x80, zero = 0, tail[8];
	update(s, &pad, 1);
	while (s->length % 64 != 56)
		update(s, &zero, 1);
	for (int i = 0; i < 8; i++)
		tail[i] = (uint8_t)(bits >> (56 - 8 * i));
	update(s, tail, 8);
	for (int i = 0; i < 32; i++)
		digest[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

static void
start(sha *s)
{
	static const uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
	memset(s, 0, sizeof *s);
	memcpy(s->h, h, sizeof h);
}

static uint64_t
kernel(void)
{
	sha s;
	uint8_t digest[32];
	char line[40];
	start(&s);
	update(&s, "abc", 3);
	finish(&s, digest);
	if (digest[0] != 0xba || digest[31] != 0xad) {
		fprintf(stderr, "sha256: wrong digest of abc\n");
		exit(1);
	}
	start(&s);
	for (int i = 0; i < 1600; i++) {
		memset(line, i, sizeof line);
		update(&s, line, sizeof line);
	}
	finish(&s, digest);
	uint64_t sum;
	memcpy(&sum, digest, sizeof sum);
	return sum;
}

KERNEL_MAIN("sha256")
