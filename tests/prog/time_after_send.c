// SPDX-License-Identifier: MIT
// Shows that sending on a timer channel is a fatal error, also by a select.
// want: fatal error: send on a timer channel: only its timer sends there
// err: main
// levels: O0 O2
// thrum-only
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

int
main(void)
{
	thrum_chan *c = thrum_after(0);
	uint64_t v = 1;
	CHECK(c);
	thrum_selcase k = {c, &v, true, false};
	thrum_select(&k, 1, 1000000);
	puts("never");
	return 0;
}
