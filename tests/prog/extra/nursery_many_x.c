// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <thrum.h>

static _Atomic int sum, panics;

static int
add(thrum_ctx *ctx, void *arg)
{
	thrum_yield();
	sum += (int)(intptr_t)arg;
	return thrum_ctx_err(ctx);
}

static int
raises(thrum_ctx *ctx, void *arg)
{
	(void)ctx;
	(void)arg;
	thrum_panic("foreign");
}

int
foreign_nursery(int count)
{
	sum = panics = 0;
	{
		THRUM_NURSERY(n, NULL, 10);
		for (int i = 0; i < count; i++)
			if (thrum_nursery_go(&n, add, (void *)(intptr_t)i) != 0)
				return -1;
		if (thrum_nursery_close(&n) != 0)
			return -2;
	}
	THRUM_TRY {
		THRUM_NURSERY(n, NULL, 0);
		if (thrum_nursery_go(&n, raises, NULL) != 0)
			return -3;
		thrum_nursery_close(&n);
	} THRUM_CATCH(p) {
		panics++;
	}
	return panics == 1 ? sum : -4;
}
