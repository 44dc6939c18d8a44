// SPDX-License-Identifier: MIT
#include "core/base/print.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/os.h"

void
print(const char *fmt, ...)
{
	char buf[512];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof buf - 1)
		n = sizeof buf - 1;
	if (n > 0)
		oswrite(2, buf, (size_t)n);
}
