// SPDX-License-Identifier: MIT
#include <thrum.h>

struct pair { thrum_chan *in, *out; };

void
plain_echo(void *arg)
{
	struct pair *p = arg;
	long v;
	while (thrum_chan_recv(p->in, &v)) {
		v++;
		thrum_chan_send(p->out, &v);
	}
	thrum_chan_close(p->out);
}

long
plain_sum(thrum_chan *c)
{
	long v, sum = 0;
	while (thrum_chan_recv(c, &v))
		sum += v;
	return sum;
}

int
plain_select(thrum_chan *a, thrum_chan *b, int *v)
{
	THRUM_CHAN(int) x = thrum_chan_as(int, a);
	THRUM_CHAN(int) y = thrum_chan_as(int, b);
	THRUM_SELECT {
	THRUM_ON_RECV(x, v) {
		return 0;
	}
	THRUM_ON_RECV(y, v) {
		return 1;
	}
	THRUM_ON_DEFAULT {
	}
	}
	return -1;
}
