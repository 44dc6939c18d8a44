// SPDX-License-Identifier: MIT
// The functions by which the two sides of stack_threads call each other.
struct big {
	long v[9];
};

struct wide {
	char b[64];
} __attribute__((aligned(64)));

struct two {
	long a;
	double b;
};

struct callbacks {
	long (*many)(int, int, int, int, int, int, int, int, long, struct big, double, struct wide, int);
	struct big (*result)(int);
	struct two (*pair)(int);
	void (*jumps)(int, void *);
	// 12 numbers: int and double by turns; a negative count jumps to the pointer that follows.
	double (*variadic)(int, ...);
};
