// SPDX-License-Identifier: MIT
//
// heap.h - between heap.c and heap_rt.c.
#ifndef HEAP_H
#define HEAP_H

// wholeheap compares all that the heap knows, while nobody uses it. Returns: NULL, or what is
// wrong.
const char *wholeheap(void);

#endif
