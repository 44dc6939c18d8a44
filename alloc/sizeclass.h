// SPDX-License-Identifier: MIT
//
// sizeclass.h - from the size of a request to a size class, and back.
//
// A request of up to 32 KB gets an object of the smallest class that holds it. There are 67
// classes, and class 0 for what is larger. The tables are written by tools/sizeclasses, whose
// --waste prints what each class wastes: at most an eighth of a span, and little of an object from
// 1 KB on.

#ifndef THRUM_ALLOC_SIZECLASS_H
#define THRUM_ALLOC_SIZECLASS_H

#include <stddef.h>
#include <stdint.h>

#define NCLASS 68     // with class 0, which is of large objects
#define MAXSMALL 32768
#define MAXDENSE 1024 // the largest size that is in the tables by 8 bytes

extern const uint16_t classsize[NCLASS];            // bytes of an object
extern const uint8_t classpages[NCLASS];            // heap pages of a span
extern const uint8_t class8[MAXDENSE / 8 + 1];      // by (size + 7) / 8
extern const uint8_t classmalloc[MAXDENSE / 8 + 1]; // the same for malloc
extern const uint8_t class128[(MAXSMALL - MAXDENSE) / 128 + 1];

// sizeclass returns the class for an object of n bytes, n <= MAXSMALL.
static inline uint32_t
sizeclass(size_t n)
{
	return n <= MAXDENSE ? class8[(n + 7) / 8] : class128[(n - MAXDENSE + 127) / 128];
}

// mallocclass does so for malloc: the object is aligned to 16. Compilers assume 8 only, but glibc
// promises 16, and programs keep tags in the four low bits.
static inline uint32_t
mallocclass(size_t n)
{
	return n <= MAXDENSE ? classmalloc[(n + 7) / 8] : class128[(n - MAXDENSE + 127) / 128];
}

// classmagic is 2^32 / size, rounded up. For an offset below 2^17, the upper half of offset * magic
// is the number of the object there. The lower half is less than magic only at the object's first
// byte. The idea is from Lemire, Kaser and Kurz (Faster remainder by direct computation, 2019).
static inline uint32_t
classmagic(uint32_t size)
{
	return (uint32_t)(((uint64_t)1 << 32) / size) + (((uint64_t)1 << 32) % size != 0);
}

#endif
