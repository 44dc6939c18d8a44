// SPDX-License-Identifier: MIT
#include <stdint.h>

// Not built by thrumcc: nobody may stop it.
uint64_t
plain_spin(volatile int *other, uint64_t rounds)
{
	uint64_t changed = 0;
	int last = *other;
	for (uint64_t i = 0; i < rounds; i++) {
		int now = *other;
		changed += now != last;
		last = now;
	}
	return changed;
}

volatile int *plain_other;
volatile uint64_t plain_changed = ~(uint64_t)0, plain_rounds;

void
plain_goroutine(void *arg)
{
	(void)arg;
	plain_changed = plain_spin(plain_other, plain_rounds);
}
