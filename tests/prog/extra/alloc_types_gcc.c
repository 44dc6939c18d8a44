// SPDX-License-Identifier: MIT
// Code of another compiler makes an object.
#include <thrum.h>

struct foreign { void *p; long n; };

void *
foreign(void)
{
	return thrum_new(struct foreign);
}
