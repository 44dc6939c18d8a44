// SPDX-License-Identifier: MIT
//
// kernel.h - what the kernels share: main, rounds, and the check that all rounds agree.
//
// A kernel is an ordinary C program that knows nothing of thrum. It is built twice, by
// clang -O2 and by thrumcc -O2, and bench/run runs the two in turns. Each defines
//
//	  static uint64_t kernel(void)    and ends with    KERNEL_MAIN("its name")
//
// kernel does a fixed piece of work of 0.2 to 2 ms and returns
// a checksum, the same each time and for both builds.

#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#include "../bench.h"

static uint64_t kernel(void);
static uint64_t kernel_sum;

static void
kernel_run(bench_case *c, uint64_t n)
{
	// By a volatile pointer, or a kernel without side effects is called once for all n.
	static uint64_t (*volatile work)(void) = kernel;
	(void)c;
	for (; n != 0; n--) {
		uint64_t sum = work();
		if (kernel_sum != 0 && sum != kernel_sum) {
			fprintf(stderr, "%s: checksum %016llx, before it was %016llx\n", c->name,
			        (unsigned long long)sum, (unsigned long long)kernel_sum);
			exit(1);
		}
		kernel_sum = sum;
	}
}

// kernel_mix adds v to a checksum.
static BENCH_UNUSED uint64_t
kernel_mix(uint64_t sum, uint64_t v)
{
	sum ^= v;
	return sum * 0x9e3779b97f4a7c15ull + (sum >> 29);
}

#define KERNEL_MAIN(kname)                                                          \
	int main(int argc, char **argv)                                                 \
	{                                                                               \
		static bench_case c[] = {{.name = "Kernel/" kname, .run = kernel_run}, {.name = NULL}}; \
		bench_init(argc, argv);                                                     \
		bench_cases(c, bench_rounds(9));                                            \
		printf("# checksum " kname " %016llx\n", (unsigned long long)kernel_sum);   \
		return 0;                                                                   \
	}

#endif
