// SPDX-License-Identifier: MIT
// Not built by thrumcc: nobody may stop it.
volatile int plain_stop, plain_runs;

void
plain_loop(void *arg)
{
	(void)arg;
	while (!plain_stop)
		plain_runs = 1;
}
