// SPDX-License-Identifier: MIT
//
// Shows the report when no unsafe frame can be had any more: the report needs frames itself.
//
// thrum-only
// memory: 600 (it recurses until its address space is used up)
// modes: normal (a deep stack that moves at each call takes minutes)
// want: fatal error: out of memory: a chunk for locals cannot be mapped (see ulimit -v, vm.max_map_count)

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thrum.h>

static thrum_wg never;

static __attribute__((noinline)) void
use(volatile char *p)
{
	p[0] = 1;
}

static __attribute__((noinline)) void
deeper(long n)
{
	char local[16000];
	use(local);
	if (n > 0)
		deeper(n - 1);
	use(local);
}

// Takes stack, and no unsafe frame: the stack is large enough then.
static __attribute__((noinline)) long
room(long n)
{
	long r = n == 0 ? 0 : room(n - 1);
	__asm__ volatile("" : "+r"(r));
	return r + n;
}

int
main(void)
{
	struct rlimit limit;
	(void)thrum_set_max_stack((size_t)1 << 40);
	thrum_maxprocs(1);
	thrum_wg_add(&never, 1);
	deeper(1000);
	room(400000);
	// Nothing can be mapped any more, and what is there in reserve is used up.
	getrlimit(RLIMIT_AS, &limit);
	limit.rlim_cur = 1 << 20;
	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return 77;
	deeper(100000);
	return 0;
}
