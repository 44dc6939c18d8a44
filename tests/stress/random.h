// SPDX-License-Identifier: MIT
//
// random.h - the numbers that a seed gives: splitmix64 (Steele, Lea, Flood 2014). A state per
// goroutine, so that each draws the same in whatever order they run.
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

static inline uint64_t
next(uint64_t *r)
{
	uint64_t z = *r += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

#endif
