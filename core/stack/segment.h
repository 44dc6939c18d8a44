// SPDX-License-Identifier: MIT
//
// segment.h - the record by which a linked segment knows the one below it.
//
// The record lies at the high end of the segment, so it moves with the segment and is found from
// its bounds alone.

#ifndef THRUM_STACK_SEGMENT_H
#define THRUM_STACK_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

typedef struct segment segment;

struct segment {
	char *lo;        // of the segment below
	size_t size;     // bytes
	segment *seg;    // its own record, NULL in the first segment
	uintptr_t sp;    // its rsp after the call that caused the split has returned
	uintptr_t guard;
	uint32_t pin;    // its pinned frames
	uint32_t pad;
	uintptr_t fp, pc; // a frame in the rbp chain: the caller's rbp and return address
};

_Static_assert(sizeof(segment) == 64, "stacks keep their alignment modulo 64");

#endif
