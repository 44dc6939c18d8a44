// SPDX-License-Identifier: MIT
//
// sieve.c - prime numbers by a chain of goroutines, one per prime.
//
//	thrumcc -O2 sieve.c -o sieve && ./sieve
//
// The first goroutine counts. Each number that comes through to the end of the chain is a prime; it
// gets a goroutine of its own there, which from then on lets only those pass that it does not
// divide. The channels have no room, so all of them go in step, and no goroutine is told when to
// stop: the chain runs until main has enough and returns.
//
// out: 2 3 5 7 11 13 17 19 23 29
// out: prime number 300 is 1987

#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

typedef THRUM_CHAN(int) numbers;

struct filter {
	numbers in, out;
	int prime;
};

static numbers
channel(void)
{
	numbers c = thrum_chan_of(int, 0);
	if (c == NULL)
		abort();
	return c;
}

static void
count(void *arg)
{
	numbers out = (numbers)arg;
	for (int i = 2;; i++)
		THRUM_SEND(out, i);
}

static void
filter(void *arg)
{
	struct filter f = *(struct filter *)arg;
	int v;
	free(arg);
	while (THRUM_RECV(f.in, &v))
		if (v % f.prime != 0)
			THRUM_SEND(f.out, v);
}

int
main(void)
{
	numbers end = channel();
	int prime = 0;
	if (thrum_go(count, (void *)end) != 0)
		return 1;
	for (int i = 1; i <= 300; i++) {
		THRUM_RECV(end, &prime);
		if (i <= 10)
			printf("%d%s", prime, i < 10 ? " " : "\n");
		struct filter *f = malloc(sizeof *f);
		if (f == NULL)
			return 1;
		*f = (struct filter){end, channel(), prime};
		end = f->out;
		if (thrum_go(filter, f) != 0)
			return 1;
	}
	printf("prime number 300 is %d\n", prime);
	return 0;
}
